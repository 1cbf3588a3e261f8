// The ConvGRU cells, by element: the maths of the gates, once for every backend. V and Math as in
// conv_lstm.h.
//
// Where the reset gate acts before the convolution (Ballas et al. 2016), a step is open(), the convolution of
// reset_h, close(). Where it acts after it, a step is one forward().
#pragma once

#include "cell/host_device.h"

namespace convlstm::conv_gru {

template <typename V>
struct Opening {
  V z, r;     // after their activations
  V reset_h;  // what gate n's recurrent convolution reads
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline Opening<V> open(const Math& math, V pre_z, V pre_r, V h_before) {
  Opening<V> s;
  s.z = math.gate(pre_z);
  s.r = math.gate(pre_r);
  s.reset_h = s.r * h_before;
  return s;
}

template <typename V>
struct Closing {
  V n;  // after its activation
  V h;  // new hidden state
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline Closing<V> close(const Math& math, V pre_n, V z, V h_before) {
  Closing<V> s;
  s.n = math.cell(pre_n);
  s.h = s.n + z * (h_before - s.n);
  return s;
}

template <typename V>
struct ClosingGradient {
  V pre_z, pre_n;  // by the pre-activations
  V h_before;      // by the old hidden state, but for what comes through the gates
};

// dh: gradient by h of this step.
template <typename Math, typename V>
CLN_HOST_DEVICE inline ClosingGradient<V> close_backward(const Math& math, V z, V n, V h_before, V dh) {
  ClosingGradient<V> d;
  d.h_before = dh * z;
  d.pre_n = (dh - d.h_before) * math.cell_slope(n);
  d.pre_z = dh * (h_before - n) * math.gate_slope(z);
  return d;
}

template <typename V>
struct OpeningGradient {
  V pre_r;
  V h_before;  // what comes through reset_h
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline OpeningGradient<V> open_backward(const Math& math, V r, V h_before, V dreset_h) {
  return {dreset_h * h_before * math.gate_slope(r), dreset_h * r};
}

template <typename V>
struct Step {
  V z, r, n;  // after their activations
  V h;
};

// The reset gate after the convolution. pre_n: the input convolution and its bias; hidden_n: the recurrent
// one and its.
template <typename Math, typename V>
CLN_HOST_DEVICE inline Step<V> forward(const Math& math, V pre_z, V pre_r, V pre_n, V hidden_n, V h_before) {
  Step<V> s;
  s.z = math.gate(pre_z);
  s.r = math.gate(pre_r);
  const Closing<V> closing = close(math, pre_n + s.r * hidden_n, s.z, h_before);
  s.n = closing.n;
  s.h = closing.h;
  return s;
}

template <typename V>
struct StepGradient {
  V pre_z, pre_r, pre_n, hidden_n;
  V h_before;
};

template <typename Math, typename V>
CLN_HOST_DEVICE inline StepGradient<V> backward(const Math& math, V z, V r, V n, V hidden_n, V h_before,
                                                V dh) {
  const ClosingGradient<V> closing = close_backward(math, z, n, h_before, dh);
  StepGradient<V> d;
  d.pre_z = closing.pre_z;
  d.pre_r = closing.pre_n * hidden_n * math.gate_slope(r);
  d.pre_n = closing.pre_n;
  d.hidden_n = closing.pre_n * r;
  d.h_before = closing.h_before;
  return d;
}

}  // namespace convlstm::conv_gru
