// Kernels whose threads work together in blocks, in the manner of launch.h: the same source runs on the
// device and, thread by thread, on the emulated one (emulated_block.h). What the threads of a block do
// together is in tensor_ops.h.
//
//   struct Tiles {
//     static constexpr int kThreads = 128;  // of a block, whole warps
//     static constexpr int kBlocks = 2;     // whose registers must fit a multiprocessor at once
//     CLN_DEVICE void operator()(const BlockPlace& block) const { ... }
//   };
//   launch_blocks(stream, {tiles, 1}, Tiles::kSharedBytes, Tiles{...});
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "backend/cuda/stream.h"
#include "cell/host_device.h"

#if defined(__CUDACC__)
#define CLN_DEVICE __device__
#define CLN_UNROLL _Pragma("unroll")  // arrays stay in registers where all their indices are known
#else
#define CLN_DEVICE
#define CLN_UNROLL
#endif

namespace convlstm::cuda {

inline constexpr int kWarpLanes = 32;

struct BlockGrid {
  std::int64_t x, y;  // y at most 65535
};

// Where a thread is.
struct BlockPlace {
  std::int32_t x, y, thread;
  std::byte* shared;  // of the block, aligned to 128 bytes, contents undefined at first
};

// body(place) for every thread of every block, blocks in any order and at once. body is copied.
template <typename Body>
void launch_blocks(Stream& stream, const BlockGrid& grid, std::size_t shared_bytes, const Body& body);

}  // namespace convlstm::cuda

#if defined(__CUDACC__)
#include "backend/cuda/cuda_block_launch.h"
#elif defined(CLN_CUDA_EMULATED)
#include "backend/cuda/emulated_block_launch.h"
#else
#error "kernels are started from files that end in .cu, or for the emulated device"
#endif
