// block_launch.h on the device.
#pragma once

#include "backend/cuda/block_launch.h"
#include "backend/cuda/cuda_check.h"
#include "backend/cuda/cuda_launch.h"

namespace convlstm::cuda {

template <typename Body>
__global__ void __launch_bounds__(Body::kThreads, Body::kBlocks)
    block_kernel(const __grid_constant__ Body body) {
  extern __shared__ __align__(128) std::byte shared[];
  body(BlockPlace{static_cast<std::int32_t>(blockIdx.x), static_cast<std::int32_t>(blockIdx.y),
                  static_cast<std::int32_t>(threadIdx.x), shared});
}

// More shared memory than 48 KiB must be asked for, of every device; it costs nothing to ask again.
template <typename Body>
void ask_for_shared_memory(std::size_t bytes) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  static_assert(Body::kThreads % kWarpLanes == 0);
  CLN_CUDA_CHECK(cudaFuncSetAttribute(block_kernel<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(bytes)));
}

template <typename Body>
void launch_blocks(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body) {
  if (grid.x <= 0 || grid.y <= 0) return;
  auto* const queue = static_cast<cudaStream_t>(stream.native());
  ask_for_shared_memory<Body>(shared_bytes);
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y));
  block_kernel<Body><<<blocks, Body::kThreads, shared_bytes, queue>>>(body);
  check_launch(typeid(Body));
}

}  // namespace convlstm::cuda
