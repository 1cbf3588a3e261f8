// The Math of a cell (see cell/conv_lstm.h) whose activations are chosen when it runs: the branches are the
// same for all elements of a layer, so that they cost little beside the functions.
#pragma once

#include "backend/cpu/cell_math.h"

namespace convlstm::cpu {

template <typename S>
class RuntimeMath {
 public:
  using V = typename S::V;

  RuntimeMath(cln_gate_activation gate, cln_cell_activation cell, float clip)
      : gate_(gate), cell_(cell), clips_(clip > 0), limit_(S::broadcast(clip)) {}

  V gate(V x) const {
    if (gate_ == CLN_GATE_ACTIVATION_SIGMOID) return Gate<CLN_GATE_ACTIVATION_SIGMOID>::gate(x);
    if (gate_ == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2)
      return Gate<CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2>::gate(x);
    return Gate<CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3>::gate(x);
  }

  V gate_slope(V a) const {
    if (gate_ == CLN_GATE_ACTIVATION_SIGMOID) return Gate<CLN_GATE_ACTIVATION_SIGMOID>::gate_slope(a);
    if (gate_ == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2)
      return Gate<CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2>::gate_slope(a);
    return Gate<CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3>::gate_slope(a);
  }

  V cell(V x) const {
    if (cell_ == CLN_CELL_ACTIVATION_TANH) return Cell<CLN_CELL_ACTIVATION_TANH>::cell(x);
    if (cell_ == CLN_CELL_ACTIVATION_RELU) return Cell<CLN_CELL_ACTIVATION_RELU>::cell(x);
    if (cell_ == CLN_CELL_ACTIVATION_SIGMOID) return Cell<CLN_CELL_ACTIVATION_SIGMOID>::cell(x);
    return x;
  }

  V cell_slope(V a) const {
    if (cell_ == CLN_CELL_ACTIVATION_TANH) return Cell<CLN_CELL_ACTIVATION_TANH>::cell_slope(a);
    if (cell_ == CLN_CELL_ACTIVATION_RELU) return Cell<CLN_CELL_ACTIVATION_RELU>::cell_slope(a);
    if (cell_ == CLN_CELL_ACTIVATION_SIGMOID) return Cell<CLN_CELL_ACTIVATION_SIGMOID>::cell_slope(a);
    return S::broadcast(1.0f);
  }

  V clip(V c) const { return clips_ ? S::min(limit_, S::max(-limit_, c)) : c; }
  V unclipped(V gradient, V c) const {
    if (!clips_) return gradient;
    return (c > -limit_) & (c < limit_) ? gradient : V{};
  }

 private:
  template <cln_gate_activation Kind>
  using Gate = CellMath<S, Kind, CLN_CELL_ACTIVATION_LINEAR, false>;
  template <cln_cell_activation Kind>
  using Cell = CellMath<S, CLN_GATE_ACTIVATION_SIGMOID, Kind, false>;

  cln_gate_activation gate_;
  cln_cell_activation cell_;
  bool clips_;
  V limit_;
};

}  // namespace convlstm::cpu
