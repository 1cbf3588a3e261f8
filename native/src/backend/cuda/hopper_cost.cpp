#include "backend/cuda/hopper_cost.h"

#include <algorithm>

#include "backend/cuda/hopper_plan.h"

namespace convlstm::cuda {
namespace {

constexpr std::int32_t kWarpgroupPixels = 64;

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

StageCost stage_cost(const DeviceFigures& figures, FusedProducts products, const HopperTileSize& tile,
                     double cache_bytes) {
  const bool is_half = products == FusedProducts::kBfloat16 || products == FusedProducts::kFloat16;
  const double depth = kHopperStageBytes / (is_half ? 2.0 : 4.0);
  const double rate = figures.half_products / (is_half ? 1 : 2) * kReachedByWarpgroups;
  const double of_pixels = static_cast<double>(tile.pixels) * kHopperStageBytes,
               of_columns = static_cast<double>(tile.columns) * kHopperStageBytes;
  const double incoming = of_pixels + of_columns;
  const double read = of_pixels + of_columns * (tile.pixels / kWarpgroupPixels);
  return longest({static_cast<double>(tile.pixels) * tile.columns * depth / rate, "products"},
                 {(incoming + read) / kSharedBytes, "shared memory"},
                 {incoming / cache_bytes, "the second cache"});
}

}  // namespace

ProductCost cost_of(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    HopperTile chosen) {
  const HopperTileSize tile = size_of(chosen);
  ProductCost cost;
  cost.blocks = blocks(size.pixels, tile.pixels) * blocks(size.columns, tile.columns);
  cost.of_fullest = cost.rounds = blocks(cost.blocks, figures.multiprocessors);
  cost.at_once = 1;
  const StageCost stage = stage_cost(figures, products, tile, cache_share(figures, cost.blocks));
  cost.limit = stage.limit;
  const double stages = stage.cycles * size.stages;
  const double end = static_cast<double>(tile.pixels) * tile.columns * size.end_cycles;
  const double of_tile = std::max(stages, (stages + end) / 2);
  cost.cycles = static_cast<double>(cost.of_fullest - 1) * of_tile + stages + end + kRoundCycles;
  return cost;
}

}  // namespace convlstm::cuda
