// Several products over the same pixels, panel by panel, and what comes of all their sums while these are in
// the second-level cache of the thread that computed them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "backend/cpu/product.h"

namespace convlstm::cpu {

struct Panel {
  int thread;
  std::int64_t first, count;  // vectors of all images
};

// `all`: as many blocks of rows as the products have together, and the most terms; `channels`: the most
// planes. Panels are for where threads share pixels, not rows: cut.split.second is 1.
inline ProductCut cut_panels(const CpuDevice& device, std::int64_t vectors, const PackedLayout& all,
                             std::int64_t channels) {
  ProductCut cut = cut_product(device, vectors, all, channels);
  constexpr std::int64_t kSumFloats = 384 * 1024 / sizeof(float);
  const std::int64_t tile = all.blocks * all.rows * device.kernels.max_vectors * device.kernels.lanes;
  if (cut.panel < cut.tiles)
    cut.panel = std::min(cut.panel, std::max<std::int64_t>(4, kSumFloats / std::max<std::int64_t>(tile, 1)));
  return cut;
}

// Calls finish(task, panel, block, first vector, vectors, sums) for every tile of every product, as
// run_product does, and then(panel) when all products of a panel are done, on its thread.
template <typename Finish, typename Then>
void run_panels(CpuDevice& device, const PlaneVectors& pixels, const ProductCut& cut,
                std::span<const ProductTask> tasks, const Finish& finish, const Then& then) {
  const Kernels& kernels = device.kernels;
  const std::int64_t vectors = pixels.count(), width = kernels.max_vectors;
  const Chunks columns(cut.tiles, cut.split.first, cut.panel);
  device.pool.parallel_for(columns.parts(), [&](std::int64_t part, int thread) {
    const auto [begin, end] = columns.at(part);
    if (begin == end) return;
    const Panel panel{thread, begin * width, std::min(end * width, vectors) - begin * width};
    for (std::size_t k = 0; k < tasks.size(); ++k) {
      const PackedRows& weights = *tasks[k].weights;
      Product product{{tasks[k].terms[0], tasks[k].terms[1]}, nullptr, nullptr, 0};
      for (std::int64_t block = 0; block < weights.blocks; ++block) {
        product.weights = weights.block(block, nullptr) + tasks[k].skipped * weights.rows;
        run_tiles(kernels, kernels.multiply, pixels, product, begin, end,
                  [&](std::int64_t vector, int count, const float* sums) {
                    finish(k, panel, block, vector, count, sums);
                  });
      }
    }
    then(panel);
  });
}

}  // namespace convlstm::cpu
