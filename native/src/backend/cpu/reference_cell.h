// One cell: the equations of one step of one sequence. All arrays are those of one image: x (C, D, H, W), the
// parts of the state (F, D', H', W'), pre-activations by gate and then by channel (gates, F, D', H', W').
#pragma once

#include <array>
#include <memory>

#include "backend/cpu/reference_correlation.h"
#include "backend/executor.h"

namespace convlstm::cpu::reference {

// By RecurrentParameter; empty where the layer does not have the parameter. Gradients likewise.
using Parameters = std::array<Doubles, kMaxParameters>;

// By StatePart; null beyond the parts of the cell.
using State = std::array<double*, kMaxStateParts>;
using ConstState = std::array<const double*, kMaxStateParts>;

// What a step has beside the state.
struct Step {
  const double* x;  // null: a step without input
  std::int64_t n;   // which sequence of the batch: dropout depends on it
  Dropout dropout;
  const Parameters& parameters;
};

class Cell {
 public:
  virtual ~Cell() = default;
  virtual void forward(const Step& step, const ConstState& before, const State& after) const = 0;
  // The step is computed again. dstate: in, the gradient by the state after it; out, by the state before it.
  // dx (null: not wanted) and the gradients of the parameters are added to.
  virtual void backward(const Step& step, const ConstState& before, const State& dstate, double* dx,
                        Parameters& gradients) const = 0;
};

std::unique_ptr<Cell> make_conv_lstm(const RecurrentDesc& desc, const Size3& input);
std::unique_ptr<Cell> make_conv_gru(const RecurrentDesc& desc, const Size3& input);
std::unique_ptr<Cell> make_conv_gru_reset_after(const RecurrentDesc& desc, const Size3& input);
std::unique_ptr<Cell> make_st_lstm(const RecurrentDesc& desc, const Size3& input);

}  // namespace convlstm::cpu::reference
