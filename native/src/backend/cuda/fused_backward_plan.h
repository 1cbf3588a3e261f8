// How the products of the backward are cut (fused_backward_arguments.h).
#pragma once

#include "backend/cuda/fused_backward_arguments.h"
#include "backend/cuda/fused_plan.h"

namespace convlstm::cuda {

// A kernel turned around: its depth is all gates of all hidden channels at every element of the kernel, its
// columns are the channels that the convolution reads.
struct TransposedPart {
  std::int32_t channels = 0, hidden = 0;
  std::int32_t vectors = 0;  // of a gate of a pixel
  std::int32_t taps = 0;     // elements of the kernel
  std::int32_t stages = 0;   // 0: there is no such convolution
  std::int32_t columns = 0;  // of whole tiles
  FusedCut cut;
};

struct FusedBackwardPlan {
  // Cut as is cheapest; `tile`: of those of one tile.
  FusedBackwardPlan(const FusedPlan& forward, const DeviceFigures& figures, FusedProducts products,
                    const InputShape& shape, std::optional<FusedTile> tile);

  // Of all vectors of all stages.
  std::vector<SourceVector> vectors(const TransposedPart& part, const Axes& axes) const;

  TransposedPart x, h;

 private:
  std::int32_t vector_channels_;
};

}  // namespace convlstm::cuda
