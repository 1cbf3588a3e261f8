// grid_launch.h on the device: cooperative launches.
#pragma once

#include "backend/cuda/grid_launch.h"

namespace convlstm::cuda {

// What a launch says besides its arguments. The attributes point into it: it is not copied.
class GridLaunch {
 public:
  GridLaunch(const Stream& stream, const BlockGrid& grid, int threads, std::size_t shared_bytes,
             int cluster) {
    attributes_[0].id = cudaLaunchAttributeCooperative;
    attributes_[0].val.cooperative = 1;
    attributes_[1].id = cudaLaunchAttributeClusterDimension;
    attributes_[1].val.clusterDim = {static_cast<unsigned>(cluster), 1, 1};
    config.gridDim = dim3(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y));
    config.blockDim = dim3(static_cast<unsigned>(threads));
    config.dynamicSmemBytes = shared_bytes;
    config.stream = static_cast<cudaStream_t>(stream.native());
    config.attrs = attributes_;
    config.numAttrs = cluster > 1 ? 2 : 1;
  }
  GridLaunch(const GridLaunch&) = delete;
  GridLaunch& operator=(const GridLaunch&) = delete;

  cudaLaunchConfig_t config{};

 private:
  cudaLaunchAttribute attributes_[2]{};
};

template <typename Body>
std::int64_t resident_blocks(const Stream& stream, std::size_t shared_bytes, int cluster) {
  stream.native();  // makes the device the current one
  const auto attribute = [&](cudaDeviceAttr of) {
    int value = 0;
    CLN_CUDA_CHECK(cudaDeviceGetAttribute(&value, of, stream.device_index()));
    return value;
  };
  if (attribute(cudaDevAttrCooperativeLaunch) == 0 ||
      shared_bytes > static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin)))
    return 0;
  ask_for_shared_memory<Body>(shared_bytes);
  int count = 0;
  if (cluster > 1) {
    const GridLaunch launch(stream, {cluster, 1}, Body::kThreads, shared_bytes, cluster);
    CLN_CUDA_CHECK(cudaOccupancyMaxActiveClusters(&count, reinterpret_cast<const void*>(block_kernel<Body>),
                                                  &launch.config));
    return static_cast<std::int64_t>(count) * cluster;
  }
  CLN_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&count, block_kernel<Body>, Body::kThreads,
                                                               shared_bytes));
  return static_cast<std::int64_t>(count) * stream.multiprocessors();
}

template <typename Body>
void launch_grid(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body,
                 int cluster) {
  if (grid.x <= 0 || grid.y <= 0) return;
  const GridLaunch launch(stream, grid, Body::kThreads, shared_bytes, cluster);
  ask_for_shared_memory<Body>(shared_bytes);
  void* arguments[] = {const_cast<Body*>(&body)};
  cudaLaunchKernelExC(&launch.config, reinterpret_cast<const void*>(block_kernel<Body>), arguments);
  check_launch(typeid(Body));
}

}  // namespace convlstm::cuda
