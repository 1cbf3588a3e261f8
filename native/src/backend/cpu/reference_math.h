// The oracle: the equations of the cell in plain double loops, one line of the equations a line of code.
// Written to be compared with the paper, not to be fast. Everything is dense double arrays, time first: x (T,
// N, C, H, W), states (N, F, H, W), kernels OIHW, gates in the order i f g o.
#pragma once

#include <cstdint>

#include "backend/executor.h"

namespace convlstm::cpu::reference {

// y (N, O, H, W) += the cross-correlation of x (N, I, H, W) with kernel (O, I, Kh, Kw): stride 1, zero
// padding, (K - 1) / 2 before and the rest after.
struct Correlation {
  std::int64_t batch, inputs, outputs;
  Size3 size, kernel;
  void forward(const double* x, const double* w, double* y) const;
  void backward_data(const double* dy, const double* w, double* dx) const;    // dx +=
  void backward_kernel(const double* dy, const double* x, double* dw) const;  // dw +=

 private:
  // Calls visit(index into x, index into the kernel, index into y) for every product of the sum.
  template <typename Visit>
  void for_each_product(const Visit& visit) const;
};

// What a forward keeps of a sequence, each state of S = N * F * H * W numbers: h and c [T + 1], the first
// being the initial state; gates [T][4] after their activations.
struct Trace {
  double* h;
  double* c;
  double* gates;
  static std::int64_t count(std::int64_t steps, std::int64_t state) { return (6 * steps + 2) * state; }
  static Trace over(double* memory, std::int64_t steps, std::int64_t state);
};

// Null where the layer does not have the parameter, or the gradient is not wanted.
struct RecurrentParameters {
  const double *input_kernel, *recurrent_kernel, *bias, *peephole, *recurrent_bias;
};
struct RecurrentGradients {
  double *input_kernel, *recurrent_kernel, *bias, *peephole, *recurrent_bias;
};

class Recurrent {
 public:
  Recurrent(const RecurrentDesc& desc, const InputShape& shape);
  std::int64_t state_count() const { return state_; }

  // The initial state stands in trace.h and trace.c; fills the rest of the trace. x null: no input.
  void forward(std::int64_t steps, const double* x, const RecurrentParameters& p, const Trace& trace) const;

  // dh and dc: in, the gradients by the final state; out, by the initial state. dy (T, N, F, H, W). dx null:
  // not wanted; else it is overwritten. The gradients of the parameters are added to.
  void backward(std::int64_t steps, const double* x, const RecurrentParameters& p, const Trace& trace,
                const double* dy, double* dh, double* dc, double* dx, const RecurrentGradients& g) const;

 private:
  RecurrentDesc desc_;
  std::int64_t batch_, area_, hidden_, state_;
  Correlation input_, recurrent_;
};

}  // namespace convlstm::cpu::reference
