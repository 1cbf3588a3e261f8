// Kernels whose blocks are all on the device at once and wait for each other (grid_ops.h), in the manner of
// block_launch.h.
#pragma once

#include "backend/cuda/block_launch.h"

namespace convlstm::cuda {

// How many blocks of such a kernel the device holds at once; 0 where not even one fits. `cluster` blocks that
// follow each other along x are a cluster (cluster_ops.h): more than 1 on compute capability 9.0 alone.
template <typename Body>
std::int64_t resident_blocks(const Stream& stream, std::size_t shared_bytes, int cluster = 1);

// body(place) for every thread of every block, all at once: throws where the device does not hold them.
template <typename Body>
void launch_grid(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body,
                 int cluster = 1);

}  // namespace convlstm::cuda

#if defined(__CUDACC__)
#include "backend/cuda/cuda_grid_launch.h"
#else
#include "backend/cuda/emulated_grid_launch.h"
#endif
