// The kernel of fused_arguments.h. A block has kRows pixels by kColumns columns: stages of the depth come
// into shared memory by copies that run kStages - 1 ahead of the products.
#pragma once

#include "backend/cuda/fused_cell.h"
#include "core/error.h"

namespace convlstm::cuda {

// Warps of a block along pixels and along groups of channels; 16-pixel tiles of a warp.
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
};

template <typename Block, typename Products, Element E, typename Math>
struct FusedKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = Products::kBlocks;
  FusedStep work;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const int lane = block.thread % kWarpLanes, warp = block.thread / kWarpLanes;
    const int row = warp / Block::kAcross * Block::kWarpRows, group = warp % Block::kAcross;
    const std::int32_t first_pixel = block.x * Block::kRows;
    PixelPlace places[Block::kRowsOfThread];
    CLN_UNROLL for (int k = 0; k < Block::kRowsOfThread; ++k) places[k] =
        place_of(first_pixel + block.thread / kStageVectors + k * Block::kRowStep);

    // Every stage is a group of copies, past the last one an empty one.
    const auto start_stage = [&](std::int32_t stage) {
      if (stage < work.stages) {
        std::byte* const to = block.shared + stage % Block::kStages * Block::kStageBytes;
        copy_pixels(places, stage, to, block.thread);
        copy_columns(block, stage, to + Block::kRows * kStageVectors * kVectorBytes);
      }
      commit_copies();
    };
    for (int k = 0; k < Block::kStages - 1; ++k) start_stage(work.first_stage + k);
    WarpSums<Block::kRowTiles> sums = {};
    for (std::int32_t stage = work.first_stage; stage < work.stages; ++stage) {
      wait_copies<Block::kStages - 2>();
      sync_threads();  // this stage is there for all, and all are done with the one before it
      start_stage(stage + Block::kStages - 1);
      const std::byte* const pixels = block.shared + stage % Block::kStages * Block::kStageBytes;
      Products::template add<Block::kRowTiles>(sums, pixels, row,
                                               pixels + Block::kRows * kStageVectors * kVectorBytes,
                                               group * kGroupColumns, lane);
    }

    const int channel = (block.y * Block::kAcross + group) * kGroupChannels + lane % 4 * 2;
    if (channel >= work.grid.padded) return;
    const FusedCell<E, Math> cell(work, channel);
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
        CLN_UNROLL for (int half = 0; half < 2; ++half) {
      const std::int32_t pixel = first_pixel + row + 16 * tile + 8 * half + lane / 4;
      if (pixel < work.pixels) cell.finish(sums[tile], half, pixel);
    }
  }

 private:
  struct PixelPlace {
    std::int32_t image;  // -1: past the last
    Position at;
  };
  CLN_DEVICE PixelPlace place_of(std::int32_t pixel) const {
    if (pixel >= work.pixels) return {-1, {0, 0, 0}};
    const std::int32_t n = pixel / work.grid.area, p = pixel - n * work.grid.area;
    const std::int32_t line = p / work.size.w, depth = line / work.size.h;
    return {n, {depth, line - depth * work.size.h, p - line * work.size.w}};
  }

  // One vector of the depth, at this thread's pixels.
  CLN_DEVICE void copy_pixels(const PixelPlace (&places)[Block::kRowsOfThread], std::int32_t stage,
                              std::byte* to, int thread) const {
    const FusedSource& from = stage < work.x_stages ? work.x : work.h;
    const int column = thread % kStageVectors;
    const SourceVector vector = work.vectors[stage * kStageVectors + column];
    CLN_UNROLL for (int k = 0; k < Block::kRowsOfThread; ++k) {
      const PixelPlace& place = places[k];
      const std::int32_t d = place.at.d * from.stride.d + vector.offset.d,
                         h = place.at.h * from.stride.h + vector.offset.h,
                         w = place.at.w * from.stride.w + vector.offset.w;
      const bool is_inside = vector.channel >= 0 && place.image >= 0 && is_below(d, from.size.d) &&
                             is_below(h, from.size.h) && is_below(w, from.size.w);
      const std::int64_t pixel =
          is_inside
              ? ((static_cast<std::int64_t>(place.image) * from.size.d + d) * from.size.h + h) * from.size.w +
                    w
              : 0;
      const std::int64_t offset =
          (pixel * from.padded + (is_inside ? vector.channel : 0)) * Products::kElementBytes;
      copy_async(to + stage_place(thread / kStageVectors + k * Block::kRowStep, column),
                 static_cast<const std::byte*>(from.data) + offset, is_inside);
    }
  }
  CLN_DEVICE static bool is_below(std::int32_t value, std::int32_t limit) {
    return static_cast<std::uint32_t>(value) < static_cast<std::uint32_t>(limit);
  }

  CLN_DEVICE void copy_columns(const BlockPlace& block, std::int32_t stage, std::byte* to) const {
    const std::int64_t first =
        (static_cast<std::int64_t>(stage) * work.columns + block.y * Block::kColumns) * kStageVectors;
    const std::byte* const from = static_cast<const std::byte*>(work.kernel) + first * kVectorBytes;
    CLN_UNROLL for (int k = 0; k < Block::kVectorsOfThread; ++k) {
      const int i = block.thread + k * kThreads;
      copy_async(to + stage_place(i / kStageVectors, i % kStageVectors), from + i * kVectorBytes, true);
    }
  }
};

template <typename Products, Element E, typename Math>
void run_fused(Stream& stream, FusedTile tile, const FusedStep& step) {
  const auto run = [&]<typename Block>(Block) {
    const std::int64_t rows = (static_cast<std::int64_t>(step.pixels) + Block::kRows - 1) / Block::kRows;
    launch_blocks(stream, {rows, step.columns / Block::kColumns}, Block::kSharedBytes,
                  FusedKernel<Block, Products, E, Math>{step});
  };
  switch (tile) {
    case FusedTile::k128By128:
      return run(FusedBlock<2, 4, 4>{});
    case FusedTile::k64By64:
      return run(FusedBlock<2, 2, 2>{});
    case FusedTile::k64By32:
      return run(FusedBlock<2, 1, 2>{});
  }
}

// Of fused_float.cu.
void run_fused_float(Stream& stream, FusedProducts products, FusedTile tile, const FusedStep& step);

}  // namespace convlstm::cuda
