// The Math of a cell (see cell/conv_lstm.h) over single numbers, with activations chosen when it runs: the
// branches are the same for all elements of a layer. NaN stays NaN.
#pragma once

#include <cmath>

#include "cell/host_device.h"
#include "convlstm_native.h"

namespace convlstm::cuda {

struct ScalarMath {
  cln_gate_activation gate_kind = CLN_GATE_ACTIVATION_SIGMOID;
  cln_cell_activation cell_kind = CLN_CELL_ACTIVATION_TANH;
  float limit = 0;  // of c; 0: none

  CLN_HOST_DEVICE float gate(float x) const {
    if (gate_kind == CLN_GATE_ACTIVATION_SIGMOID) return sigmoid(x);
    return within(hard_slope() * x + 0.5f, 0.0f, 1.0f);
  }
  CLN_HOST_DEVICE float gate_slope(float a) const {
    if (gate_kind == CLN_GATE_ACTIVATION_SIGMOID) return a * (1 - a);
    return a > 0 && a < 1 ? hard_slope() : 0.0f;
  }
  CLN_HOST_DEVICE float cell(float x) const {
    if (cell_kind == CLN_CELL_ACTIVATION_TANH) return tanhf(x);
    if (cell_kind == CLN_CELL_ACTIVATION_RELU) return x < 0 ? 0.0f : x;
    return cell_kind == CLN_CELL_ACTIVATION_SIGMOID ? sigmoid(x) : x;
  }
  CLN_HOST_DEVICE float cell_slope(float a) const {
    if (cell_kind == CLN_CELL_ACTIVATION_TANH) return 1 - a * a;
    if (cell_kind == CLN_CELL_ACTIVATION_RELU) return a > 0 ? 1.0f : 0.0f;
    return cell_kind == CLN_CELL_ACTIVATION_SIGMOID ? a * (1 - a) : 1.0f;
  }
  CLN_HOST_DEVICE float clip(float c) const { return limit > 0 ? within(c, -limit, limit) : c; }
  CLN_HOST_DEVICE float unclipped(float gradient, float c) const {
    return limit > 0 && !(c > -limit && c < limit) ? 0.0f : gradient;
  }

 private:
  CLN_HOST_DEVICE static float sigmoid(float x) { return 1 / (1 + expf(-x)); }
  CLN_HOST_DEVICE static float within(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;
  }
  CLN_HOST_DEVICE float hard_slope() const {
    return gate_kind == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 ? 0.2f : 1.0f / 6;
  }
};

}  // namespace convlstm::cuda
