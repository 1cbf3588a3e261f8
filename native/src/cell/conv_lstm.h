// The ConvLSTM cell, by element: the maths of the gates, once for every backend (Shi et al. 2015, equation
// 3).
//
// V is the number: float, double, or a vector of floats. `Math` supplies what layers differ in; everything
// else is +, -, *.
//   gate(V)  gate_slope(V activated)   of i, f and o
//   cell(V)  cell_slope(V activated)   of g, and of c in h = o * cell(c)
//   clip(V c)                          the cell state, cut off where the layer clips it
//   unclipped(V gradient, V c)         the gradient, 0 where the cell state c was cut off
#pragma once

#include "cell/host_device.h"

namespace convlstm::conv_lstm {

inline constexpr int kGates = 4;
enum Gate : int { kI, kF, kG, kO };

// One weight a hidden channel for each of i, f, o; zeros where the layer has no peepholes.
template <typename V>
struct Peepholes {
  V i, f, o;
};

template <typename V>
struct Gates {
  V i, f, g, o;  // after their activations
};

template <typename V>
struct Step {
  Gates<V> gates;
  V c;       // new cell state
  V cell_c;  // after its activation
  V h;       // new hidden state
};

// The first half of a step: everything up to the new cell state.
template <typename Math, typename V>
CLN_HOST_DEVICE inline void update_cell(const Math& math, V pre_i, V pre_f, V pre_g, const Peepholes<V>& p,
                                        V c_before, Step<V>& s) {
  s.gates.i = math.gate(pre_i + p.i * c_before);
  s.gates.f = math.gate(pre_f + p.f * c_before);
  s.gates.g = math.cell(pre_g);
  s.c = math.clip(s.gates.f * c_before + s.gates.i * s.gates.g);
}

// The second half.
template <typename Math, typename V>
CLN_HOST_DEVICE inline void update_hidden(const Math& math, V pre_o, const Peepholes<V>& p, Step<V>& s) {
  s.gates.o = math.gate(pre_o + p.o * s.c);
  s.cell_c = math.cell(s.c);
  s.h = s.gates.o * s.cell_c;
}

// `pre` holds the four pre-activations: both convolutions, the bias and the forget bias.
template <typename Math, typename V>
CLN_HOST_DEVICE inline Step<V> forward(const Math& math, const Gates<V>& pre, const Peepholes<V>& p,
                                       V c_before) {
  Step<V> s;
  update_cell<Math, V>(math, pre.i, pre.f, pre.g, p, c_before, s);
  update_hidden<Math, V>(math, pre.o, p, s);
  return s;
}

template <typename V>
struct StepGradient {
  Gates<V> pre;  // by the four pre-activations
  V c_before;    // by the old cell state
};

// dh: gradient by h of this step, from the output and from the next step together. dc: gradient by c, from
// the next step. The gradients of the peephole weights are pre.i * c_before, pre.f * c_before and pre.o * c,
// summed over all positions.
template <typename Math, typename V>
CLN_HOST_DEVICE inline StepGradient<V> backward(const Math& math, const Gates<V>& gates,
                                                const Peepholes<V>& p, V c_before, V c, V cell_c, V dh,
                                                V dc) {
  StepGradient<V> d;
  d.pre.o = dh * cell_c * math.gate_slope(gates.o);
  const V dc_all = math.unclipped(dc + dh * gates.o * math.cell_slope(cell_c) + d.pre.o * p.o, c);
  d.pre.i = dc_all * gates.g * math.gate_slope(gates.i);
  d.pre.f = dc_all * c_before * math.gate_slope(gates.f);
  d.pre.g = dc_all * gates.i * math.cell_slope(gates.g);
  d.c_before = dc_all * gates.f + d.pre.i * p.i + d.pre.f * p.f;
  return d;
}

}  // namespace convlstm::conv_lstm
