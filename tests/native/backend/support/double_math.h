// The Math of a cell (see cell/conv_lstm.h) in double precision.
#pragma once

#include <algorithm>
#include <cmath>

#include "convlstm_native.h"

namespace convlstm::test {

struct DoubleMath {
  cln_gate_activation gate_kind = CLN_GATE_ACTIVATION_SIGMOID;
  cln_cell_activation cell_kind = CLN_CELL_ACTIVATION_TANH;
  double limit = 0;  // of c; 0: none

  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
  double hard_slope() const { return gate_kind == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 ? 0.2 : 1.0 / 6; }

  double gate(double x) const {
    if (gate_kind == CLN_GATE_ACTIVATION_SIGMOID) return sigmoid(x);
    return std::clamp(hard_slope() * x + 0.5, 0.0, 1.0);
  }
  double gate_slope(double a) const {
    if (gate_kind == CLN_GATE_ACTIVATION_SIGMOID) return a * (1 - a);
    return a > 0 && a < 1 ? hard_slope() : 0;
  }
  double cell(double x) const {
    if (cell_kind == CLN_CELL_ACTIVATION_TANH) return std::tanh(x);
    if (cell_kind == CLN_CELL_ACTIVATION_RELU) return std::max(x, 0.0);
    return cell_kind == CLN_CELL_ACTIVATION_SIGMOID ? sigmoid(x) : x;
  }
  double cell_slope(double a) const {
    if (cell_kind == CLN_CELL_ACTIVATION_TANH) return 1 - a * a;
    if (cell_kind == CLN_CELL_ACTIVATION_RELU) return a > 0 ? 1 : 0;
    return cell_kind == CLN_CELL_ACTIVATION_SIGMOID ? a * (1 - a) : 1;
  }
  double clip(double c) const { return limit > 0 ? std::clamp(c, -limit, limit) : c; }
  double unclipped(double gradient, double c) const {
    return limit > 0 && std::fabs(c) >= limit ? 0 : gradient;
  }
};

}  // namespace convlstm::test
