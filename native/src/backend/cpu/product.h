// Runs a whole product of packed weights with shifted planes, tile by tile, on all threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_vectors.h"
#include "core/chunks.h"

namespace convlstm::cpu {

// A grid of work items cut into first * second rectangles.
struct Split {
  std::int64_t first = 1, second = 1;
  std::int64_t parts() const { return first * second; }
};

// Cuts for at most `threads` threads so that the largest part is as small as can be.
inline Split split_grid(std::int64_t first, std::int64_t second, int threads) {
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  Split best;
  std::int64_t least = first * second;
  for (std::int64_t p = threads; p >= 1; --p) {
    const Split split{std::min(p, first), std::min(threads / p, second)};
    const std::int64_t load = ceil_div(first, split.first) * ceil_div(second, split.second);
    if (load < least) {
      best = split;
      least = load;
    }
  }
  return best;
}

// The same for a product: tiles of `width` vectors, the last of which may be narrower, and blocks of rows.
// Threads share blocks rather than tiles only where that saves a good part of the work: what they read next
// to their own tiles is in their caches.
inline Split split_product(std::int64_t vectors, std::int64_t width, std::int64_t blocks, int threads) {
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t tiles = ceil_div(vectors, width);
  Split best;
  std::int64_t least = 0;
  for (std::int64_t p = threads; p >= 1; --p) {
    const Split split{std::min(p, tiles), std::min(threads / p, blocks)};
    const std::int64_t load =
        std::min(vectors, ceil_div(tiles, split.first) * width) * ceil_div(blocks, split.second);
    if (least == 0 || 33 * load <= 32 * least) {
      best = split;
      least = load;
    }
  }
  return best;
}

// Below this many multiplications a region costs more than a second thread saves.
inline constexpr std::int64_t kSmallWork = 500'000;

struct ProductTask {
  Terms terms[2];
  const PackedRows* weights;
  std::int64_t channels;     // planes that the terms read, of each image
  std::int64_t skipped = 0;  // terms that come first in the weights and are left out
  float* scratch = nullptr;  // of half weights: a block of floats for each thread
};

// How the vectors of a product are cut, among threads and for the caches.
struct ProductCut {
  std::int64_t tiles;  // of max_vectors vectors
  Split split;         // tiles x blocks
  std::int64_t panel;  // tiles whose inputs stay near while all rows pass over them
};

// `channels`: planes that the terms read, of each image.
inline ProductCut cut_product(const CpuDevice& device, std::int64_t vectors, const PackedLayout& weights,
                              std::int64_t channels) {
  const Kernels& kernels = device.kernels;
  const std::int64_t tiles = (vectors + kernels.max_vectors - 1) / kernels.max_vectors;
  if (vectors * kernels.lanes * weights.count() < kSmallWork)
    return {tiles, {}, std::max<std::int64_t>(tiles, 1)};
  // Measured, flat between 64 and 256 KiB.
  constexpr std::int64_t kCacheFloats = 128 * 1024 / sizeof(float);
  return {tiles, split_product(vectors, kernels.max_vectors, weights.blocks, device.pool.size()),
          std::max<std::int64_t>(
              8, kCacheFloats / std::max<std::int64_t>(channels, 1) / (kernels.max_vectors * kernels.lanes))};
}

struct AllAreSought {
  bool operator()(std::int64_t, int) const { return true; }
};

// A block of rows over tiles [first, end) of pixels, as `multiply` and `product`, whose weights are set, have
// it; finish(first vector, vectors, sums) and is_sought as in run_product.
template <typename Multiply, typename Finish, typename IsSought = AllAreSought>
void run_tiles(const Kernels& kernels, Multiply multiply, const PlaneVectors& pixels, Product product,
               std::int64_t first, std::int64_t end, const Finish& finish, const IsSought& is_sought = {}) {
  alignas(64) float sums[kMaxSums];
  for (std::int64_t tile = first; tile < end; ++tile) {
    const std::int64_t vector = tile * kernels.max_vectors;
    product.places = pixels.places() + vector;
    product.vectors = static_cast<int>(std::min<std::int64_t>(kernels.max_vectors, pixels.count() - vector));
    if (is_sought(vector, product.vectors))
      multiply(product, sums);
    else
      std::fill_n(sums, kMaxSums, 0.0f);
    finish(vector, product.vectors, sums);
  }
}

// Calls finish(block, first vector, vectors, sums) for every tile, on the thread that computed it; sums has
// rows of max_vectors * lanes. Calls aside(part, parts) once in each of the parts in which threads share the
// product. Tiles for which is_sought(first vector, vectors) is false have sums of 0.
template <typename Aside, typename Finish, typename IsSought = AllAreSought>
void run_product(CpuDevice& device, const PlaneVectors& pixels, const ProductTask& task, const Aside& aside,
                 const Finish& finish, const IsSought& is_sought = {}) {
  const Kernels& kernels = device.kernels;
  const PackedRows& weights = *task.weights;
  const std::int64_t blocks = weights.blocks;
  const auto multiply = weights.is_paired ? kernels.multiply_pairs : kernels.multiply;
  const ProductCut cut = cut_product(device, pixels.count(), weights, task.channels);
  const Chunks columns(cut.tiles, cut.split.first, cut.panel);
  device.pool.parallel_for(columns.parts() * cut.split.second, [&](std::int64_t part, int thread) {
    aside(part, columns.parts() * cut.split.second);
    const auto [tile_begin, tile_end] = columns.at(part % columns.parts());
    const std::int64_t row = part / columns.parts();
    const std::int64_t block_end = blocks * (row + 1) / cut.split.second;
    float* scratch = task.scratch + (weights.is_half() ? thread * weights.block_size() : 0);
    Product product{{task.terms[0], task.terms[1]}, nullptr, nullptr, 0};
    for (std::int64_t first = tile_begin; first < tile_end; first += cut.panel) {
      for (std::int64_t block = blocks * row / cut.split.second; block < block_end; ++block) {
        product.weights = weights.block(block, scratch) + task.skipped * weights.rows;
        run_tiles(
            kernels, multiply, pixels, product, first, std::min(first + cut.panel, tile_end),
            [&](std::int64_t vector, int vectors, float* sums) { finish(block, vector, vectors, sums); },
            is_sought);
      }
    }
  });
}

inline void nothing_aside(std::int64_t, std::int64_t) {}

}  // namespace convlstm::cpu
