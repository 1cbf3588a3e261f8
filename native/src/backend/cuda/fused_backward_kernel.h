// The kernels of fused_backward_arguments.h.
#pragma once

#include "backend/cuda/fused_backward_cell.h"
#include "backend/cuda/fused_block.h"
#include "backend/cuda/fused_pixel_product.h"
#include "core/error.h"

namespace convlstm::cuda {

// A product whose columns are channels, and what becomes of it.
template <typename Block, typename Products, typename End>
struct FusedTransposedKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = Products::kBlocks;
  typename End::Work work;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    WarpSums<Block::kRowTiles> sums = {};
    if (!BlockProduct<Block, Products, AgainstConvolution>{work}.run(block, sums)) return;
    const WarpPlace<Block> warp(block, work.split.parts);
    const End end{work};
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
        CLN_UNROLL for (int half = 0; half < 2; ++half) {
      const std::int32_t pixel = warp.pixel(tile, half);
      if (pixel >= work.pixels) continue;
      CLN_UNROLL for (int k = 0; k < 4; ++k) {
        const std::int32_t channel = warp.group * kGroupColumns + 8 * k + warp.lane % 4 * 2;
        if (end.has(channel))
          end.finish({{sums[tile][k][2 * half], sums[tile][k][2 * half + 1]}}, pixel, channel);
      }
    }
  }
};

template <typename Products, typename End>
void run_transposed(Stream& stream, FusedTile tile, const typename End::Work& work) {
  with_block(tile, [&]<typename Block>(Block) {
    launch_blocks(stream, Block::grid(work), Block::kSharedBytes,
                  FusedTransposedKernel<Block, Products, End>{work});
  });
}

template <typename Products>
void run_over_pixels(Stream& stream, GradientTile tile, const FusedKernelGradient& work) {
  const auto run = [&]<typename Block>(Block) {
    using Kernel = FusedPixelProduct<Block, Products>;
    launch_blocks(stream, Kernel::grid(work), Kernel::kSharedBytes, Kernel{work});
  };
  if (tile == GradientTile::k128)
    run(FusedBlock<2, 4, 4>{});
  else
    run(FusedBlock<2, 2, 2>{});
}

// Of fused_backward_float.cu.
void run_fused_backward_step_float(Stream& stream, FusedProducts products, FusedTile tile,
                                   const FusedBackwardStep& step);
void run_fused_input_gradient_float(Stream& stream, FusedProducts products, FusedTile tile,
                                    const FusedInputGradient& work);
void run_fused_kernel_gradient_float(Stream& stream, FusedProducts products, GradientTile tile,
                                     const FusedKernelGradient& work);

}  // namespace convlstm::cuda
