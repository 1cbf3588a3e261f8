// The products of one stage of the ring by a consumer of fused_hopper_kernel.h: its tile's pixels by the
// columns, each 128 bytes of the depth. Products run on while the next stage is waited for.
#pragma once

#include "backend/cuda/hopper_arguments.h"
#include "backend/cuda/hopper_ops.h"

namespace convlstm::cuda {

inline constexpr int kWarpgroupThreads = 128, kWarpgroupRows = 64;

// A stage in shared memory. Rows of pixels lie in pieces of `1 << span_bits` bytes: kRows of each piece.
struct HopperStage {
  const std::byte *pixels, *columns;
  int span_bits;
};

// Numbers as they come: both matrices are read from shared memory.
template <TileOperand kTileOperand>
struct SharedProducts {
  static constexpr int kKernelSets = 1;
  struct Fragments {};

  // `done` is called when the products of the stages before are.
  template <typename Block, typename Done>
  CLN_DEVICE static void add(float (&sums)[Block::kTiles][Block::kColumns / 2], Fragments&,
                             const HopperStage& stage, int, const Done& done) {
    const auto swizzle = static_cast<Swizzle>(1 << stage.span_bits);
    fence_products();
    CLN_UNROLL for (int k = 0; k < kHopperStageBytes; k += kProductBytes) {
      const int piece = k >> stage.span_bits, in_row = k - (piece << stage.span_bits);
      const std::uint64_t columns = matrix_of(stage.columns, Swizzle::k128, k);
      CLN_UNROLL for (int tile = 0; tile < Block::kTiles; ++tile) {
        const std::byte* const rows =
            stage.pixels + ((piece * Block::kRows + tile * kWarpgroupRows) << stage.span_bits);
        multiply_add_tiles<kTileOperand>(sums[tile], matrix_of(rows, swizzle, in_row), columns, true);
      }
    }
    commit_products();
    wait_products<1>();
    done();
  }
};

// Three products of tf32 a number (fused_products.h). The kernels lie there as two sets of columns, high and
// low; those of the pixels are made in registers, of the next 32 bytes while the last ones are multiplied.
struct ThreeTf32Products {
  static constexpr int kKernelSets = 2;
  struct Fragments {
    std::uint32_t high[2][2][4], low[2][2][4];  // [turn][tile]
  };

  template <typename Block, typename Done>
  CLN_DEVICE static void add(float (&sums)[Block::kTiles][Block::kColumns / 2], Fragments& fragments,
                             const HopperStage& stage, int thread, const Done& done) {
    CLN_UNROLL for (int k = 0; k < kHopperStageBytes; k += kProductBytes) {
      auto& high = fragments.high[k / kProductBytes % 2];
      auto& low = fragments.low[k / kProductBytes % 2];
      CLN_UNROLL for (int tile = 0; tile < Block::kTiles; ++tile)
          load<Block>(high[tile], low[tile], stage, thread, k, tile);
      fence_products();
      const std::uint64_t of_high = matrix_of(stage.columns, Swizzle::k128, k);
      const std::uint64_t of_low =
          matrix_of(stage.columns + Block::kColumns * kHopperStageBytes, Swizzle::k128, k);
      // The small parts first.
      CLN_UNROLL for (int tile = 0; tile < Block::kTiles; ++tile)
          multiply_add_tiles_tf32(sums[tile], low[tile], of_high, true);
      CLN_UNROLL for (int tile = 0; tile < Block::kTiles; ++tile)
          multiply_add_tiles_tf32(sums[tile], high[tile], of_low, true);
      CLN_UNROLL for (int tile = 0; tile < Block::kTiles; ++tile)
          multiply_add_tiles_tf32(sums[tile], high[tile], of_high, true);
      commit_products();
      // The turn before is done: its registers are free, and with the first one of a stage the stage before.
      wait_products<1>();
      if (k == 0) done();
    }
  }

 private:
  // 16 rows of each warp, 32 bytes of them from byte k on.
  template <typename Block>
  CLN_DEVICE static void load(std::uint32_t (&high)[4], std::uint32_t (&low)[4], const HopperStage& stage,
                              int thread, int k, int tile) {
    const int bits = stage.span_bits, piece = k >> bits;
    const int row = tile * kWarpgroupRows + thread % kWarpgroupThreads / kWarpLanes * 16 + thread % 16;
    const int at = (k - (piece << bits)) + thread % kWarpLanes / 16 * kVectorBytes;
    // Vectors of a row are mixed up as tensor maps leave them (tensor_map.h); pieces begin at whole patterns.
    const int place = (row << bits) + at;
    const int vectors = (1 << bits) / kVectorBytes;
    const int mixed = place ^ (place / 128 % vectors * kVectorBytes);
    std::uint32_t loaded[4];
    load_matrices(loaded, stage.pixels + ((piece * Block::kRows) << bits) + mixed);
    CLN_UNROLL for (int i = 0; i < 4; ++i) {
      high[i] = to_tf32(loaded[i]);
      low[i] = to_tf32(bits_of(float_of(loaded[i]) - float_of(high[i])));
    }
  }
};

}  // namespace convlstm::cuda
