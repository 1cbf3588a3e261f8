// The kernel of fused_arguments.h.
#pragma once

#include "backend/cuda/fused_block.h"
#include "backend/cuda/fused_cell.h"
#include "core/error.h"

namespace convlstm::cuda {

template <typename Block, typename Products, Element E, typename Math>
struct FusedKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = Products::kBlocks;
  FusedStep work;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    WarpSums<Block::kRowTiles> sums = {};
    if (!BlockProduct<Block, Products, AlongConvolution>{work}.run(block, sums)) return;
    const WarpPlace<Block> warp(block, work.split.parts);
    const int channel = warp.group * kGroupChannels + warp.lane % 4 * 2;
    if (channel >= work.grid.padded) return;
    const FusedCell<E, Math> cell(work, channel);
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
        CLN_UNROLL for (int half = 0; half < 2; ++half) {
      const std::int32_t pixel = warp.pixel(tile, half);
      if (pixel < work.pixels) cell.finish(sums[tile], half, pixel);
    }
  }
};

template <typename Products, Element E, typename Math>
void run_fused(Stream& stream, FusedTile tile, const FusedStep& step) {
  const auto run = [&]<typename Block>(Block) {
    launch_blocks(stream, Block::grid(step), Block::kSharedBytes,
                  FusedKernel<Block, Products, E, Math>{step});
  };
  with_block(tile, run);
}

// Of fused_float.cu.
void run_fused_float(Stream& stream, FusedProducts products, FusedTile tile, const FusedStep& step);

}  // namespace convlstm::cuda
