// What a step on the kernels of hopper_arguments.h should cost: fused_cost.h for products of warpgroups.
//
// A block a multiprocessor, which takes tiles in turns. A stage of a tile takes the longest of
//   products  its multiply-adds over what wgmma reaches of the tensor cores (kReachedByWarpgroups)
//   shared    what warpgroups read of it in shared memory, the columns once for 64 pixels, and what comes in,
//             over 128 bytes a cycle
//   cache     what comes in over what a multiprocessor gets from the second cache
// and no latency: copies are some 7 stages ahead. A tile's cell runs under the stages of the next one, as far
// as the two consumers can take turns; that of the last tile comes on top, and what fills the ring once.
#pragma once

#include "backend/cuda/fused_cost.h"
#include "backend/cuda/hopper_arguments.h"

namespace convlstm::cuda {

inline constexpr double kReachedByWarpgroups = 0.75;

// Stages are those of a HopperPlan.
ProductCost cost_of(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    HopperTile tile);

}  // namespace convlstm::cuda
