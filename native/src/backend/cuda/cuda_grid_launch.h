// grid_launch.h on the device: cooperative launches.
#pragma once

#include "backend/cuda/grid_launch.h"

namespace convlstm::cuda {

template <typename Body>
std::int64_t resident_blocks(const Stream& stream, std::size_t shared_bytes) {
  stream.native();  // makes the device the current one
  int is_able = 0, most_shared = 0, blocks = 0;
  CLN_CUDA_CHECK(cudaDeviceGetAttribute(&is_able, cudaDevAttrCooperativeLaunch, stream.device_index()));
  CLN_CUDA_CHECK(
      cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, stream.device_index()));
  if (is_able == 0 || shared_bytes > static_cast<std::size_t>(most_shared)) return 0;
  CLN_CUDA_CHECK(cudaFuncSetAttribute(block_kernel<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(shared_bytes)));
  CLN_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, block_kernel<Body>, Body::kThreads,
                                                               shared_bytes));
  return static_cast<std::int64_t>(blocks) * stream.multiprocessors();
}

template <typename Body>
void launch_grid(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  static_assert(Body::kThreads % kWarpLanes == 0);
  if (grid.x <= 0 || grid.y <= 0) return;
  auto* const queue = static_cast<cudaStream_t>(stream.native());
  CLN_CUDA_CHECK(cudaFuncSetAttribute(block_kernel<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(shared_bytes)));
  void* arguments[] = {const_cast<Body*>(&body)};
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y));
  cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(block_kernel<Body>), blocks, dim3(Body::kThreads),
                              arguments, shared_bytes, queue);
  check_launch(typeid(Body));
}

}  // namespace convlstm::cuda
