// What the cell of a layer does beside +, -, * (see cell/conv_lstm.h), over the vectors of one instruction
// set. A policy: everything is known when it is compiled but the clip's value.
#pragma once

#include "backend/cpu/vector_math.h"
#include "convlstm_native.h"

namespace convlstm::cpu {

template <typename S, cln_gate_activation Gate, cln_cell_activation Cell, bool Clips,
          typename Functions = VectorMath<S>>
struct CellMath {
  using V = typename S::V;

  V limit;  // of c; looked at where the cell clips

  static V gate(V x) {
    if constexpr (Gate == CLN_GATE_ACTIVATION_SIGMOID)
      return Functions::sigmoid(x);
    else
      return S::min(one(), S::max(V{}, S::fma(x, hard_slope(), set(0.5f))));
  }

  static V gate_slope(V a) {
    if constexpr (Gate == CLN_GATE_ACTIVATION_SIGMOID)
      return a * (one() - a);
    else
      return (a > V{}) & (a < one()) ? hard_slope() : V{};
  }

  static V cell(V x) {
    if constexpr (Cell == CLN_CELL_ACTIVATION_TANH) return Functions::tanh(x);
    if constexpr (Cell == CLN_CELL_ACTIVATION_RELU) return S::max(V{}, x);
    if constexpr (Cell == CLN_CELL_ACTIVATION_SIGMOID) return Functions::sigmoid(x);
    if constexpr (Cell == CLN_CELL_ACTIVATION_LINEAR) return x;
  }

  static V cell_slope(V a) {
    if constexpr (Cell == CLN_CELL_ACTIVATION_TANH) return one() - a * a;
    if constexpr (Cell == CLN_CELL_ACTIVATION_RELU) return a > V{} ? one() : V{};
    if constexpr (Cell == CLN_CELL_ACTIVATION_SIGMOID) return a * (one() - a);
    if constexpr (Cell == CLN_CELL_ACTIVATION_LINEAR) return one();
  }

  V clip(V c) const {
    if constexpr (Clips)
      return S::min(limit, S::max(-limit, c));
    else
      return c;
  }

  V unclipped(V gradient, V c) const {
    if constexpr (Clips)
      return (c > -limit) & (c < limit) ? gradient : V{};
    else
      return gradient;
  }

 private:
  static V set(float value) { return S::broadcast(value); }
  static V one() { return set(1.0f); }
  static V hard_slope() { return set(Gate == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 ? 0.2f : 1.0f / 6.0f); }
};

}  // namespace convlstm::cpu
