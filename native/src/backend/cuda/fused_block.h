// The implicit matrix product of a block: kRows pixels by kColumns columns. Stages of the depth come into
// shared memory by copies that run kStages - 1 ahead of the products.
#pragma once

#include "backend/cuda/fused_products.h"

namespace convlstm::cuda {

// Warps of a block along pixels and along groups of columns; 16-pixel tiles of a warp.
template <int kWarpsDown, int kWarpsAcross, int kTiles>
struct FusedBlock {
  static constexpr int kThreads = kWarpsDown * kWarpsAcross * kWarpLanes;
  static constexpr int kAcross = kWarpsAcross, kRowTiles = kTiles;
  static constexpr int kWarpRows = 16 * kTiles;
  static constexpr int kRows = kWarpsDown * kWarpRows, kColumns = kWarpsAcross * kGroupColumns;
  static constexpr int kStages = 4;
  static constexpr int kStageBytes = (kRows + kColumns) * kStageVectors * kVectorBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes;
  // Threads copy whole rows, four of them one.
  static constexpr int kRowStep = kThreads / kStageVectors;
  static constexpr int kRowsOfThread = kRows / kRowStep;
  static constexpr int kVectorsOfThread = kColumns * kStageVectors / kThreads;
  static_assert(kRows % kRowStep == 0 && kColumns * kStageVectors % kThreads == 0);

  // Along x the parts of a tile lie side by side.
  static BlockGrid grid(const ImplicitProduct& work) {
    const std::int64_t rows = (static_cast<std::int64_t>(work.pixels) + kRows - 1) / kRows;
    return {rows * work.split.parts, work.columns / kColumns};
  }
};

// Calls run(block) with the block of `tile`.
template <typename Run>
void with_block(FusedTile tile, const Run& run) {
  switch (tile) {
    case FusedTile::k128By128:
      return run(FusedBlock<2, 4, 4>{});
    case FusedTile::k64By64:
      return run(FusedBlock<2, 2, 2>{});
    case FusedTile::k64By32:
      return run(FusedBlock<2, 1, 2>{});
  }
}

// Which rows and columns of its block, and of all, a warp has.
template <typename Block>
struct WarpPlace {
  int lane, row, across;
  std::int32_t first_pixel, group;  // group of 32 columns, of all

  CLN_DEVICE WarpPlace(const BlockPlace& block, std::int32_t parts)
      : lane(block.thread % kWarpLanes),
        row(block.thread / kWarpLanes / Block::kAcross * Block::kWarpRows),
        across(block.thread / kWarpLanes % Block::kAcross),
        first_pixel(block.x / parts * Block::kRows),
        group(block.y * Block::kAcross + across) {}

  CLN_DEVICE std::int32_t pixel(int tile, int half) const {
    return first_pixel + row + 16 * tile + 8 * half + lane / 4;
  }
};

CLN_DEVICE inline bool is_below(std::int32_t value, std::int32_t limit) {
  return static_cast<std::uint32_t>(value) < static_cast<std::uint32_t>(limit);
}

// What a row of a convolution reads: pixel stride * p + offset.
struct AlongConvolution {
  CLN_DEVICE static bool move(std::int32_t& at, std::int32_t stride, std::int32_t offset, std::int32_t size) {
    at = at * stride + offset;
    return is_below(at, size);
  }
};

// What a row of its transpose reads: pixel (p + offset) / stride, where there is one.
struct AgainstConvolution {
  CLN_DEVICE static bool move(std::int32_t& at, std::int32_t stride, std::int32_t offset, std::int32_t size) {
    at += offset;
    if (stride == 1) return is_below(at, size);
    const std::int32_t quotient = at / stride;
    const bool is_there = at >= 0 && quotient * stride == at && quotient < size;
    at = quotient;
    return is_there;
  }
};

template <typename Block, typename Products, typename Reach>
struct BlockProduct {
  const ImplicitProduct& work;

  // The sums of the warp; false: another block goes on with this tile.
  CLN_DEVICE bool run(const BlockPlace& block, WarpSums<Block::kRowTiles>& sums) const {
    const std::int32_t parts = work.split.parts;
    const WarpPlace<Block> warp(block, parts);
    PixelPlace places[Block::kRowsOfThread];
    CLN_UNROLL for (int k = 0; k < Block::kRowsOfThread; ++k) {
      const std::int32_t pixel = warp.first_pixel + block.thread / kStageVectors + k * Block::kRowStep;
      places[k] = pixel < work.pixels ? work.place.place(pixel) : PixelPlace{-1, {0, 0, 0}};
    }
    const std::int32_t count = (work.stages - work.first_stage + parts - 1) / parts;
    const std::int32_t begin = work.first_stage + block.x % parts * count;
    const std::int32_t end = begin + count < work.stages ? begin + count : work.stages;

    // Every stage is a group of copies, past the last one an empty one.
    const auto start_stage = [&](std::int32_t stage) {
      if (stage < end) {
        std::byte* const to = block.shared + (stage - begin) % Block::kStages * Block::kStageBytes;
        copy_pixels(places, stage, to, block.thread);
        copy_columns(block, stage, to + Block::kRows * kStageVectors * kVectorBytes);
      }
      commit_copies();
    };
    for (int k = 0; k < Block::kStages - 1; ++k) start_stage(begin + k);
    for (std::int32_t stage = begin; stage < end; ++stage) {
      wait_copies<Block::kStages - 2>();
      sync_threads();  // this stage is there for all, and all are done with the one before it
      start_stage(stage + Block::kStages - 1);
      const std::byte* const pixels = block.shared + (stage - begin) % Block::kStages * Block::kStageBytes;
      Products::template add<Block::kRowTiles>(sums, pixels, warp.row,
                                               pixels + Block::kRows * kStageVectors * kVectorBytes,
                                               warp.across * kGroupColumns, warp.lane);
    }
    return parts == 1 || join(block, sums);
  }

 private:
  // One vector of the depth, at this thread's pixels.
  CLN_DEVICE void copy_pixels(const PixelPlace (&places)[Block::kRowsOfThread], std::int32_t stage,
                              std::byte* to, int thread) const {
    const FusedSource& from = stage < work.x_stages ? work.x : work.h;
    const int column = thread % kStageVectors;
    const SourceVector vector = work.vectors[stage * kStageVectors + column];
    CLN_UNROLL for (int k = 0; k < Block::kRowsOfThread; ++k) {
      Position at = places[k].at;
      const bool is_inside = vector.channel >= 0 && places[k].image >= 0 &&
                             Reach::move(at.d, from.stride.d, vector.offset.d, from.size.d) &&
                             Reach::move(at.h, from.stride.h, vector.offset.h, from.size.h) &&
                             Reach::move(at.w, from.stride.w, vector.offset.w, from.size.w);
      const std::int64_t pixel =
          is_inside ? ((static_cast<std::int64_t>(places[k].image) * from.size.d + at.d) * from.size.h +
                       at.h) * from.size.w +
                          at.w
                    : 0;
      const std::int64_t offset =
          (pixel * from.padded + (is_inside ? vector.channel : 0)) * Products::kElementBytes;
      copy_async(to + stage_place(thread / kStageVectors + k * Block::kRowStep, column),
                 static_cast<const std::byte*>(from.data) + offset, is_inside);
    }
  }

  CLN_DEVICE void copy_columns(const BlockPlace& block, std::int32_t stage, std::byte* to) const {
    const std::int64_t first =
        (static_cast<std::int64_t>(stage) * work.columns + block.y * Block::kColumns) * kStageVectors;
    const std::byte* const from = static_cast<const std::byte*>(work.kernel) + first * kVectorBytes;
    CLN_UNROLL for (int k = 0; k < Block::kVectorsOfThread; ++k) {
      const int i = block.thread + k * Block::kThreads;
      copy_async(to + stage_place(i / kStageVectors, i % kStageVectors), from + i * kVectorBytes, true);
    }
  }

  struct alignas(kVectorBytes) Four {
    float value[4];
  };

  // Adds up the parts of a tile in their order; whether this block came last and has them.
  CLN_DEVICE bool join(const BlockPlace& block, WarpSums<Block::kRowTiles>& sums) const {
    constexpr int kFours = Block::kRowTiles * 4;
    const std::int32_t parts = work.split.parts, part = block.x % parts;
    const std::int64_t tile =
        static_cast<std::int64_t>(block.x / parts) * (work.columns / Block::kColumns) + block.y;
    Four* const all = reinterpret_cast<Four*>(work.split.sums) + tile * parts * kFours * Block::kThreads;
    const auto at = [&](std::int32_t of, int k) {
      return (of * kFours + k) * Block::kThreads + block.thread;
    };
    CLN_UNROLL for (int k = 0; k < kFours; ++k) {
      const float(&own)[4] = sums[k / 4][k % 4];
      all[at(part, k)] = {{own[0], own[1], own[2], own[3]}};
    }
    publish_writes();
    sync_threads();
    auto* const is_last = reinterpret_cast<std::uint32_t*>(block.shared);
    if (block.thread == 0)
      *is_last = count_up(work.split.arrived + tile) + 1 == static_cast<std::uint32_t>(parts) ? 1 : 0;
    sync_threads();
    if (*is_last == 0) return false;
    publish_writes();  // and what the others wrote is seen here
    if (block.thread == 0) work.split.arrived[tile] = 0;
    CLN_UNROLL for (int k = 0; k < kFours; ++k) {
      Four sum = all[at(0, k)];
      for (std::int32_t of = 1; of < parts; ++of) {
        const Four more = all[at(of, k)];
        CLN_UNROLL for (int i = 0; i < 4; ++i) sum.value[i] += more.value[i];
      }
      CLN_UNROLL for (int i = 0; i < 4; ++i) sums[k / 4][k % 4][i] = sum.value[i];
    }
    return true;
  }
};

}  // namespace convlstm::cuda
