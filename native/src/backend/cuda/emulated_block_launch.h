// block_launch.h on the emulated device.
#pragma once

#include "backend/cuda/block_launch.h"
#include "backend/cuda/emulated_block.h"
#include "backend/cuda/emulated_stream.h"

namespace convlstm::cuda {

template <typename Body>
void launch_blocks(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  static_assert(Body::kThreads % kWarpLanes == 0);
  // From the last to the first: whoever relies on an order is found out.
  emulated::enqueue(stream, [=] {
    for (std::int64_t block = grid.x * grid.y; block-- > 0;)
      emulated::run_block(Body::kThreads, shared_bytes, [&](int thread, std::byte* shared) {
        body(BlockPlace{static_cast<std::int32_t>(block % grid.x), static_cast<std::int32_t>(block / grid.x),
                        thread, shared});
      });
  });
}

}  // namespace convlstm::cuda
