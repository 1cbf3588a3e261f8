// The gradients by kernels as a product along pixels: a block has kRows numbers of the rows of gradients by
// kColumns of the vectors that a forward reads, and a part of the pixels. Both matrices lie in memory pixel
// by pixel, so a stage is some pixels of both, and fragments are read across it.
#pragma once

#include "backend/cuda/fused_backward_arguments.h"
#include "backend/cuda/fused_block.h"
#include "backend/cuda/fused_pairs.h"

namespace convlstm::cuda {

// Bytes from one pixel of a stage to the next, for `vectors` vectors a pixel, a multiple of 8: so much more
// that what a warp reads at once is in different banks, 8 pixels of a vector or 8 numbers of 4 pixels.
template <int kElementBytes>
CLN_HOST_DEVICE constexpr int crossed_row(int vectors) {
  return (vectors + (kElementBytes == 2 ? 1 : 2)) * kVectorBytes;
}

// How a product reads a stage across: numbers of the depth lie in different pixels.
template <typename Products>
struct CrossedProducts;

// Two bytes: matrices that are turned when they are loaded.
template <typename Product>
requires(Product::kElementBytes == 2) struct CrossedProducts<MatrixProducts<Product>> {
  template <typename Block>
  CLN_DEVICE static void add(WarpSums<Block::kRowTiles>& sums, const std::byte* a, int row,
                             const std::byte* b, int column, int lane) {
    constexpr int kRowBytes = crossed_row<2>(Block::kRows / 8),
                  kColumnBytes = crossed_row<2>(Block::kColumns / 8);
    const int matrix = lane / 8;
    CLN_UNROLL for (int pixel = 0; pixel < stage_pixels(2); pixel += 16) {
      Fragment<2> of_b[4];
      CLN_UNROLL for (int k = 0; k < 4; k += 2) {
        std::uint32_t loaded[4];
        load_turned_matrices(loaded, b + (pixel + matrix % 2 * 8 + lane % 8) * kColumnBytes +
                                         (column / 8 + k + matrix / 2) * kVectorBytes);
        of_b[k] = {{loaded[0], loaded[1]}};
        of_b[k + 1] = {{loaded[2], loaded[3]}};
      }
      CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile) {
        Fragment<4> of_a;
        load_turned_matrices(of_a.bits, a + (pixel + matrix / 2 * 8 + lane % 8) * kRowBytes +
                                            (row / 8 + 2 * tile + matrix % 2) * kVectorBytes);
        CLN_UNROLL for (int k = 0; k < 4; ++k) Product::add(sums[tile][k], of_a, of_b[k]);
      }
    }
  }
};

CLN_DEVICE inline const std::byte* crossed_float(const std::byte* stage, int pixel, int number, int count) {
  return stage + pixel * crossed_row<4>(count / 4) + number * 4;
}

template <typename Product>
requires(Product::kElementBytes == 4) struct CrossedProducts<MatrixProducts<Product>> {
  CLN_DEVICE static std::uint32_t load(const std::byte* stage, int pixel, int number, int count) {
    return *reinterpret_cast<const std::uint32_t*>(crossed_float(stage, pixel, number, count));
  }
  template <typename Block>
  CLN_DEVICE static void add(WarpSums<Block::kRowTiles>& sums, const std::byte* a, int row,
                             const std::byte* b, int column, int lane) {
    const int group = lane / 4, member = lane % 4;
    CLN_UNROLL for (int pixel = 0; pixel < stage_pixels(4); pixel += 8) {
      decltype(Product::prepare(Fragment<2>{})) of_b[4];
      CLN_UNROLL for (int k = 0; k < 4; ++k) {
        const int number = column + 8 * k + group;
        of_b[k] = Product::prepare(Fragment<2>{{load(b, pixel + member, number, Block::kColumns),
                                                load(b, pixel + member + 4, number, Block::kColumns)}});
      }
      CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile) {
        const int number = row + 16 * tile + group;
        const auto of_a = Product::prepare(Fragment<4>{
            {load(a, pixel + member, number, Block::kRows), load(a, pixel + member, number + 8, Block::kRows),
             load(a, pixel + member + 4, number, Block::kRows),
             load(a, pixel + member + 4, number + 8, Block::kRows)}});
        CLN_UNROLL for (int k = 0; k < 4; ++k) Product::add(sums[tile][k], of_a, of_b[k]);
      }
    }
  }
};

template <>
struct CrossedProducts<PlainProducts> {
  CLN_DEVICE static float load(const std::byte* stage, int pixel, int number, int count) {
    return *reinterpret_cast<const float*>(crossed_float(stage, pixel, number, count));
  }
  template <typename Block>
  CLN_DEVICE static void add(WarpSums<Block::kRowTiles>& sums, const std::byte* a, int row,
                             const std::byte* b, int column, int lane) {
    for (int pixel = 0; pixel < stage_pixels(4); ++pixel) {
      float of_b[4][2];
      CLN_UNROLL for (int k = 0; k < 8; ++k) of_b[k / 2][k % 2] =
          load(b, pixel, column + k / 2 * 8 + lane % 4 * 2 + k % 2, Block::kColumns);
      CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
          CLN_UNROLL for (int half = 0; half < 2; ++half) {
        const float of_a = load(a, pixel, row + 16 * tile + 8 * half + lane / 4, Block::kRows);
        CLN_UNROLL for (int k = 0; k < 8; ++k) sums[tile][k / 2][2 * half + k % 2] +=
            of_a * of_b[k / 2][k % 2];
      }
    }
  }
};

template <typename Block, typename Products>
struct FusedPixelProduct {
  static constexpr int kThreads = Block::kThreads, kBlocks = Products::kBlocks;
  static constexpr int kElementBytes = Products::kElementBytes, kPixels = stage_pixels(kElementBytes);
  static constexpr int kRowVectors = Block::kRows * kElementBytes / kVectorBytes,
                       kColumnVectors = Block::kColumns * kElementBytes / kVectorBytes;
  static constexpr int kPixelBytes = crossed_row<kElementBytes>(kRowVectors),
                       kColumnBytes = crossed_row<kElementBytes>(kColumnVectors);
  static constexpr int kRowBytes = kPixels * kPixelBytes, kStageBytes = kRowBytes + kPixels * kColumnBytes;
  static constexpr int kStages = 4, kSharedBytes = kStages * kStageBytes;
  // A thread copies the same vector of several pixels.
  static constexpr int kRowStep = kThreads / kRowVectors, kColumnStep = kThreads / kColumnVectors;
  static_assert(kThreads % kRowVectors == 0 && kThreads % kColumnVectors == 0);
  static_assert(kPixels % kRowStep == 0 && kPixels % kColumnStep == 0);
  static_assert(kRowVectors % 8 == 0 && kColumnVectors % 8 == 0);

  FusedKernelGradient work;

  static BlockGrid grid(const FusedKernelGradient& work) {
    const auto tiles = [](std::int64_t count, int size) { return (count + size - 1) / size; };
    return {tiles(work.row_vectors, kRowVectors) * tiles(work.vector_count, kColumnVectors), work.parts};
  }

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const std::int32_t across = (work.vector_count + kColumnVectors - 1) / kColumnVectors;
    const std::int32_t down = block.x / across, right = block.x - down * across;
    const std::int32_t first = block.y * work.part_stages, total = (work.pixels + kPixels - 1) / kPixels;
    const std::int32_t last = first + work.part_stages < total ? first + work.part_stages : total;
    const Column column(*this, right * kColumnVectors + block.thread % kColumnVectors);

    const auto start_stage = [&](std::int32_t stage) {
      if (stage < last) {
        std::byte* const to = block.shared + (stage - first) % kStages * kStageBytes;
        copy_rows(down * kRowVectors, stage * kPixels, to, block.thread);
        copy_columns(column, stage * kPixels, to + kRowBytes, block.thread);
      }
      commit_copies();
    };
    for (int k = 0; k < kStages - 1; ++k) start_stage(first + k);
    const int lane = block.thread % kWarpLanes, warp = block.thread / kWarpLanes;
    const int row = warp / Block::kAcross * Block::kWarpRows, group = warp % Block::kAcross * kGroupColumns;
    WarpSums<Block::kRowTiles> sums = {};
    for (std::int32_t stage = first; stage < last; ++stage) {
      wait_copies<kStages - 2>();
      sync_threads();  // this stage is there for all, and all are done with the one before it
      start_stage(stage + kStages - 1);
      const std::byte* const rows = block.shared + (stage - first) % kStages * kStageBytes;
      CrossedProducts<Products>::template add<Block>(sums, rows, row, rows + kRowBytes, group, lane);
    }

    const std::int64_t columns = static_cast<std::int64_t>(across) * Block::kColumns;
    const std::int64_t rows =
        static_cast<std::int64_t>((work.row_vectors + kRowVectors - 1) / kRowVectors) * Block::kRows;
    float* const to = work.sums + (block.y * rows + down * Block::kRows + row + lane / 4) * columns +
                      right * Block::kColumns + group + lane % 4 * 2;
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
        CLN_UNROLL for (int half = 0; half < 2; ++half) CLN_UNROLL for (int k = 0; k < 4; ++k)
            store_pair(to, (16 * tile + 8 * half) * columns + 8 * k,
                       {{sums[tile][k][2 * half], sums[tile][k][2 * half + 1]}});
  }

 private:
  // The column that a thread copies.
  struct Column {
    SourceVector vector{{0, 0, 0}, -1};
    const FusedSource& from;
    std::int32_t first_image = 0, end_image = 0x7fffffff;

    CLN_DEVICE Column(const FusedPixelProduct& kernel, std::int32_t index)
        : from(index < kernel.work.x_vectors ? kernel.work.x : kernel.work.h) {
      if (index < kernel.work.vector_count) vector = kernel.work.vectors[index];
      if (index >= kernel.work.x_vectors) return;
      first_image = kernel.work.x_begin;
      end_image = kernel.work.x_end;
    }
  };

  CLN_DEVICE void copy_rows(std::int32_t first_vector, std::int32_t first_pixel, std::byte* to,
                            int thread) const {
    const int vector = thread % kRowVectors;
    CLN_UNROLL for (int k = 0; k < kPixels / kRowStep; ++k) {
      const int place = thread / kRowVectors + k * kRowStep;
      const std::int64_t pixel = first_pixel + place;
      const bool is_there = pixel < work.pixels && first_vector + vector < work.row_vectors;
      const std::int64_t at = is_there ? pixel * work.row_vectors + first_vector + vector : 0;
      copy_async(to + place * kPixelBytes + vector * kVectorBytes,
                 static_cast<const std::byte*>(work.rows) + at * kVectorBytes, is_there);
    }
  }

  CLN_DEVICE void copy_columns(const Column& column, std::int32_t first_pixel, std::byte* to,
                               int thread) const {
    const FusedSource& from = column.from;
    CLN_UNROLL for (int k = 0; k < kPixels / kColumnStep; ++k) {
      const int place = thread / kColumnVectors + k * kColumnStep;
      const std::int32_t pixel = first_pixel + place;
      PixelPlace source = work.place.place(pixel < work.pixels ? pixel : 0);
      const bool is_there =
          pixel < work.pixels && column.vector.channel >= 0 && source.image >= column.first_image &&
          source.image < column.end_image &&
          AlongConvolution::move(source.at.d, from.stride.d, column.vector.offset.d, from.size.d) &&
          AlongConvolution::move(source.at.h, from.stride.h, column.vector.offset.h, from.size.h) &&
          AlongConvolution::move(source.at.w, from.stride.w, column.vector.offset.w, from.size.w);
      const std::int64_t at =
          is_there ? ((static_cast<std::int64_t>(source.image) * from.size.d + source.at.d) * from.size.h +
                      source.at.h) *
                             from.size.w +
                         source.at.w
                   : 0;
      const std::int64_t offset = is_there ? (at * from.padded + column.vector.channel) * kElementBytes : 0;
      copy_async(to + place * kColumnBytes + thread % kColumnVectors * kVectorBytes,
                 static_cast<const std::byte*>(from.data) + offset, is_there);
    }
  }
};

}  // namespace convlstm::cuda
