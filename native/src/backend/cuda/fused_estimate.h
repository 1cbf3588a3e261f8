// What a step of inference should take, in microseconds, on the fused kernels (fused_cost.h) and the stepwise
// way; by it the one that is taken unasked is chosen, and it is what the plan tells. All guesses until
// someone has measured: tuning (cln_context_set_tuning) does.
#pragma once

#include "backend/cuda/fused_plan.h"

namespace convlstm::cuda {

struct StepEstimate {
  ProductCost cost;
  double products = 0, memory = 0;  // microseconds each would take alone
  double total = 0;                 // of both, as far as one hides the other, and the launches
};

struct StepShape {
  const RecurrentDesc& desc;
  const FusedPlan& plan;  // its cut is the one that is looked at
  std::int64_t batch;
  Element element;
};

// Bytes over those of memory: h twice, c twice and y in float32, x and the kernels once.
StepEstimate estimate_fused(const DeviceFigures& figures, FusedProducts products, const StepShape& shape);

// A convolution of blocks of 64x64 at 0.7 of the tensor cores' peak, or 0.8 of that of the ordinary units
// where tensor cores would round; the input's, of all steps, fills the device. Besides the bytes of a fused
// step it writes and reads the sums of both, and it launches twice.
StepEstimate estimate_stepwise(const DeviceFigures& figures, FusedProducts products, const StepShape& shape);

// Multiply-adds of a step, edges of tiles and empty places of the depth counted.
double padded_multiply_adds(const StepShape& shape);

// "3.4 us".
std::string microseconds_text(double microseconds);

}  // namespace convlstm::cuda
