// The spatiotemporal LSTM of PredRNN (Wang et al. 2017), by element: the maths of the gates, once for every
// backend. V and Math as in conv_lstm.h.
//
// A step is update() of the cell state c with i f g, update() of the memory m with i' f' g', the convolutions
// of [c', m'], output().
#pragma once

#include "cell/host_device.h"

namespace convlstm::st_lstm {

template <typename V>
struct Gates {
  V i, f, g;
};

template <typename V>
struct Update {
  Gates<V> gates;  // after their activations
  V after;         // the new c or m
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline Update<V> update(const Math& math, const Gates<V>& pre, V before) {
  Update<V> s;
  s.gates.i = math.gate(pre.i);
  s.gates.f = math.gate(pre.f);
  s.gates.g = math.cell(pre.g);
  s.after = s.gates.f * before + s.gates.i * s.gates.g;
  return s;
}

template <typename V>
struct UpdateGradient {
  Gates<V> pre;
  V before;
};

// dafter: gradient by the new c or m, from everything that reads it.
template <typename Math, typename V>
CLN_HOST_DEVICE inline UpdateGradient<V> update_backward(const Math& math, const Gates<V>& gates, V before,
                                                         V dafter) {
  UpdateGradient<V> d;
  d.pre.i = dafter * gates.g * math.gate_slope(gates.i);
  d.pre.f = dafter * before * math.gate_slope(gates.f);
  d.pre.g = dafter * gates.i * math.cell_slope(gates.g);
  d.before = dafter * gates.f;
  return d;
}

template <typename V>
struct Output {
  V o, mixed;  // after their activations
  V h;
};

// pre_mixed: the 1x1 convolution of [c', m'].
template <typename Math, typename V>
CLN_HOST_DEVICE inline Output<V> output(const Math& math, V pre_o, V pre_mixed) {
  Output<V> s;
  s.o = math.gate(pre_o);
  s.mixed = math.cell(pre_mixed);
  s.h = s.o * s.mixed;
  return s;
}

template <typename V>
struct OutputGradient {
  V pre_o, pre_mixed;
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline OutputGradient<V> output_backward(const Math& math, V o, V mixed, V dh) {
  return {dh * mixed * math.gate_slope(o), dh * o * math.cell_slope(mixed)};
}

}  // namespace convlstm::st_lstm
