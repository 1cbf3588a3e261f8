// The functions that a description chooses. A slope is told from the activated value.
#pragma once

#include <algorithm>
#include <cmath>

#include "cell/layer_desc.h"

namespace convlstm::cpu::reference {

class Activations {
 public:
  explicit Activations(const RecurrentDesc& desc)
      : gate_(desc.gate_activation),
        cell_(desc.cell_activation),
        limit_(static_cast<double>(desc.cell_clip)) {}

  double gate(double v) const {
    if (gate_ == CLN_GATE_ACTIVATION_SIGMOID) return sigmoid(v);
    return std::clamp(v * hard_slope() + 0.5, 0.0, 1.0);
  }
  double gate_slope(double activated) const {
    if (gate_ == CLN_GATE_ACTIVATION_SIGMOID) return activated * (1 - activated);
    return activated > 0 && activated < 1 ? hard_slope() : 0.0;
  }

  double cell(double v) const {
    switch (cell_) {
      case CLN_CELL_ACTIVATION_TANH:
        return std::tanh(v);
      case CLN_CELL_ACTIVATION_RELU:
        return std::max(v, 0.0);
      case CLN_CELL_ACTIVATION_SIGMOID:
        return sigmoid(v);
      case CLN_CELL_ACTIVATION_LINEAR:
        break;
    }
    return v;
  }
  double cell_slope(double activated) const {
    switch (cell_) {
      case CLN_CELL_ACTIVATION_TANH:
        return 1 - activated * activated;
      case CLN_CELL_ACTIVATION_RELU:
        return activated > 0 ? 1.0 : 0.0;
      case CLN_CELL_ACTIVATION_SIGMOID:
        return activated * (1 - activated);
      case CLN_CELL_ACTIVATION_LINEAR:
        break;
    }
    return 1.0;
  }

  // The cell state is cut off where the layer clips it.
  double clip(double c) const { return limit_ > 0 ? std::clamp(c, -limit_, limit_) : c; }
  double clip_slope(double clipped) const { return limit_ == 0 || std::fabs(clipped) < limit_ ? 1.0 : 0.0; }

 private:
  static double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }
  double hard_slope() const { return gate_ == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 ? 0.2 : 1.0 / 6.0; }

  cln_gate_activation gate_;
  cln_cell_activation cell_;
  double limit_;
};

}  // namespace convlstm::cpu::reference
