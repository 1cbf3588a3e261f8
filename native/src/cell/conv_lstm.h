// The ConvLSTM cell, by element: the maths of the gates, once for every backend (Shi et al. 2015, equation
// 3).
//
// V is the number: float, double, or a vector of floats. `Math` supplies sigmoid(V) and tanh(V); everything
// else is +, -, *.
#pragma once

#if defined(__CUDACC__)
#define CLN_HOST_DEVICE __host__ __device__
#else
#define CLN_HOST_DEVICE
#endif

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
  V tanh_c;  // tanh of it
  V h;       // new hidden state
};

// `pre` holds the four pre-activations: both convolutions, the bias and the forget bias.
template <typename Math, typename V>
CLN_HOST_DEVICE inline Step<V> forward(const Gates<V>& pre, const Peepholes<V>& p, V c_before) {
  Step<V> s;
  s.gates.i = Math::sigmoid(pre.i + p.i * c_before);
  s.gates.f = Math::sigmoid(pre.f + p.f * c_before);
  s.gates.g = Math::tanh(pre.g);
  s.c = s.gates.f * c_before + s.gates.i * s.gates.g;
  s.gates.o = Math::sigmoid(pre.o + p.o * s.c);
  s.tanh_c = Math::tanh(s.c);
  s.h = s.gates.o * s.tanh_c;
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
template <typename V>
CLN_HOST_DEVICE inline StepGradient<V> backward(const Gates<V>& gates, const Peepholes<V>& p, V c_before,
                                                V tanh_c, V dh, V dc) {
  const V one = V{} + 1.0f;
  StepGradient<V> d;
  d.pre.o = dh * tanh_c * gates.o * (one - gates.o);
  const V dc_all = dc + dh * gates.o * (one - tanh_c * tanh_c) + d.pre.o * p.o;
  d.pre.i = dc_all * gates.g * gates.i * (one - gates.i);
  d.pre.f = dc_all * c_before * gates.f * (one - gates.f);
  d.pre.g = dc_all * gates.i * (one - gates.g * gates.g);
  d.c_before = dc_all * gates.f + d.pre.i * p.i + d.pre.f * p.f;
  return d;
}

}  // namespace convlstm::conv_lstm
