// A whole sequence through one cell, in doubles: the loop over time, the steps without input, masks, and
// which outputs there are. Arrays are dense: x (T, N, C, D, H, W); y (T, N, F, D', H', W'), or (N, F, D', H',
// W') of the last output alone; a state (parts, N, F, D', H', W').
#pragma once

#include <memory>

#include "backend/cpu/reference_cell.h"

namespace convlstm::cpu::reference {

struct Sequence {
  std::int64_t steps = 0;
  StepRange input;
  StepMask mask;
  Dropout dropout;
  Doubles x;  // read in the steps of `input` alone; empty: there is none
  Parameters parameters;
};

class Recurrent {
 public:
  Recurrent(const RecurrentDesc& desc, const InputShape& shape);

  std::int64_t block_count() const { return block_; }  // of one part of the state of all sequences
  std::int64_t state_count() const { return parts_ * block_; }
  std::int64_t x_count() const {
    return shape_.batch * desc_.input_channels * shape_.size.area();
  }  // of one step
  std::int64_t y_steps(std::int64_t steps) const { return desc_.output == CLN_OUTPUT_LAST ? 1 : steps; }
  // Zeros of the size of each parameter.
  Parameters zeros() const;

  // states: T + 1 states, of which the first is the initial one; the others are filled. y null: not wanted.
  void forward(const Sequence& sequence, double* states, double* y) const;

  // states: as the forward left them. dy null: zeros. dstate: in, the gradient by the final state; out, by
  // the initial one. dx: null: not wanted; else added to. The gradients of the parameters are added to.
  void backward(const Sequence& sequence, const double* states, const double* dy, double* dstate, double* dx,
                Parameters& gradients) const;

 private:
  // Sequence n of a state.
  template <typename T>
  std::array<T*, kMaxStateParts> state_of(T* state, std::int64_t n) const;
  // The kernels rounded where the layer stores them so.
  Parameters as_read(const Parameters& parameters) const;
  Step step_of(const Sequence& sequence, const Parameters& parameters, std::int64_t t, std::int64_t n) const;
  // Where y(t, n) lies; -1 where there is no such output.
  std::int64_t y_at(const Sequence& sequence, std::int64_t t, std::int64_t n) const;

  RecurrentDesc desc_;
  InputShape shape_;
  std::int64_t image_, block_, parts_;  // numbers of one part of one sequence, and of all; parts of a state
  std::unique_ptr<Cell> cell_;
};

}  // namespace convlstm::cpu::reference
