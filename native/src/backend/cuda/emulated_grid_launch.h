// grid_launch.h on the emulated device.
#pragma once

#include "backend/cuda/emulated_grid.h"
#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/grid_launch.h"
#include "core/error.h"

namespace convlstm::cuda {

template <typename Body>
std::int64_t resident_blocks(const Stream& stream, std::size_t shared_bytes, int cluster) {
  const std::int64_t blocks =
      static_cast<std::int64_t>(emulated::blocks_of_multiprocessor(Body::kThreads, shared_bytes)) *
      stream.multiprocessors();
  return blocks / cluster * cluster;
}

template <typename Body>
void launch_grid(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body,
                 int cluster) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  static_assert(Body::kThreads % kWarpLanes == 0);
  if (grid.x <= 0 || grid.y <= 0) return;
  if (grid.x % cluster != 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected whole clusters of ", cluster, ", got ", grid.x, " blocks");
  const std::int64_t most = resident_blocks<Body>(stream, shared_bytes, cluster);
  if (grid.x * grid.y > most)
    fail(CLN_INTERNAL_ERROR, "kernel: expected at most ", most, " blocks at once, got ", grid.x * grid.y);
  emulated::enqueue(stream, [=] {
    emulated::run_grid({grid.x * grid.y, Body::kThreads, cluster}, shared_bytes,
                       [&](std::int64_t block, int thread, std::byte* shared) {
                         body(BlockPlace{static_cast<std::int32_t>(block % grid.x),
                                         static_cast<std::int32_t>(block / grid.x), thread, shared});
                       });
  });
}

}  // namespace convlstm::cuda
