// Kernels of a ConvLSTM turned around, as the products of the backward read them; and the way of the
// gradients by kernels into the layer's.
#pragma once

#include "backend/cuda/fused_backward_plan.h"
#include "backend/cuda/fused_weights.h"

namespace convlstm::cuda {

// Both parts of a plan, that of the input first.
FusedPacking packing_of(const FusedBackwardPlan& plan, Element element);
// Where the recurrent kernel begins, in bytes.
std::size_t hidden_kernel_offset(const FusedBackwardPlan& plan);

// Sums of run_fused_kernel_gradient: adds up their parts, always in the same order, and adds that to the
// gradients.
struct KernelSums {
  FusedPart x, h;  // of the columns
  const float* sums;
  std::int32_t parts, vector_channels, padded;
  std::int64_t row_count, column_count;  // of whole tiles
  std::int64_t hidden;
  const float* scale;              // multiplied with scale[1]; null: 1
  float *x_gradient, *h_gradient;  // OIHW, gates i f g o; null: not wanted
};
void add_kernel_sums(Stream& stream, const KernelSums& work);

}  // namespace convlstm::cuda
