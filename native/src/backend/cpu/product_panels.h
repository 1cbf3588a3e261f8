// Several products over the same pixels, panel by panel, and what comes of all their sums while these are in
// the caches of the thread that computed them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "backend/cpu/product.h"

namespace convlstm::cpu {

// Calls finish(task, block, first vector, vectors, sums) for every tile of every product, as run_product
// does, and then(first vector, vectors) when all products of a panel are done, on the thread that computed
// them. Returns false, with nothing done, where threads had better share rows than pixels.
template <typename Finish, typename Then>
bool run_products(CpuDevice& device, const PlaneVectors& pixels, std::span<const ProductTask> tasks,
                  const Finish& finish, const Then& then) {
  const Kernels& kernels = device.kernels;
  const std::int64_t vectors = pixels.count(), width = kernels.max_vectors;
  PackedLayout all{0, 0, kernels.rows};
  std::int64_t channels = 0;
  for (const ProductTask& task : tasks) {
    all.blocks += task.weights->blocks;
    all.terms = std::max(all.terms, task.weights->terms);
    channels = std::max(channels, task.channels);
  }
  const ProductCut cut = cut_product(device, vectors, all, channels);
  if (cut.split.second > 1) return false;
  const Chunks columns(cut.tiles, cut.split.first, cut.panel);
  device.pool.parallel_for(columns.parts(), [&](std::int64_t part) {
    const auto [begin, end] = columns.at(part);
    alignas(64) float sums[kMaxSums];
    for (std::size_t k = 0; k < tasks.size(); ++k) {
      const ProductTask& task = tasks[k];
      Product product{{task.terms[0], task.terms[1]}, nullptr, nullptr, 0};
      for (std::int64_t block = 0; block < task.weights->blocks; ++block) {
        product.weights = task.weights->block(block, nullptr) + task.skipped * kernels.rows;
        for (std::int64_t tile = begin; tile < end; ++tile) {
          const std::int64_t vector = tile * width;
          product.places = pixels.places() + vector;
          product.vectors = static_cast<int>(std::min(width, vectors - vector));
          kernels.multiply(product, sums);
          finish(k, block, vector, product.vectors, sums);
        }
      }
    }
    if (begin < end) then(begin * width, std::min(end * width, vectors) - begin * width);
  });
  return true;
}

}  // namespace convlstm::cpu
