#include "backend/cuda/fused_cost.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "backend/cuda/device.h"

namespace convlstm::cuda {
namespace {

constexpr double kMostCacheBytes = 64;
constexpr double kStageLatency = 250, kJoinCycles = 1500;
constexpr std::int32_t kLeastStages = 8;  // of a part
constexpr std::int32_t kMostParts = 16;
constexpr double kMostPartBytes = 64e6;  // of the sums of all parts

struct TileShape {
  FusedTile tile;
  std::int32_t pixels, columns, warps, row_tiles;
};
constexpr TileShape kTiles[] = {{FusedTile::k128By128, 128, 128, 8, 4},
                                {FusedTile::k64By64, 64, 64, 4, 2},
                                {FusedTile::k64By32, 64, 32, 2, 2}};

const TileShape& shape_of(FusedTile tile) {
  for (const TileShape& shape : kTiles)
    if (shape.tile == tile) return shape;
  return kTiles[0];
}

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

// Blocks of a multiprocessor at once: four stages of shared memory each, and 64 Ki registers.
std::int64_t blocks_at_once(const DeviceFigures& figures, FusedProducts products, const TileShape& tile) {
  const double of_block = 4.0 * (tile.pixels + tile.columns) * kStageVectors * kVectorBytes + 1024;
  const bool is_heavy = products == FusedProducts::kThreeTf32 || products == FusedProducts::kPlain;
  const std::int64_t by_registers = 65536 / (tile.warps * 32 * (is_heavy ? 168 : 128));
  return std::max<std::int64_t>(
      1, std::min(by_registers, static_cast<std::int64_t>(figures.shared_bytes / of_block)));
}

StageCost stage_cost(const DeviceFigures& figures, FusedProducts products, const TileShape& tile,
                     double cache_bytes) {
  const bool is_half = products == FusedProducts::kBfloat16 || products == FusedProducts::kFloat16;
  const double area = static_cast<double>(tile.pixels) * tile.columns, depth = is_half ? 32 : 16;
  double rate = is_half ? figures.half_products : figures.half_products / 2;
  if (products == FusedProducts::kPlain) rate = figures.plain_products;
  const double times = products == FusedProducts::kThreeTf32 ? 3 : 1;
  const double incoming = static_cast<double>(tile.pixels + tile.columns) * kStageVectors * kVectorBytes;
  // A warp loads 16 pixels a row tile and 32 columns, all 64 bytes of each.
  const double loaded = tile.warps * (16.0 * tile.row_tiles + 32) * kStageVectors * kVectorBytes;
  return longest({area * depth * times / (rate * kReached), "products"},
                 {(incoming + loaded) / kSharedBytes, "shared memory"},
                 {incoming / cache_bytes, "the second cache"});
}

}  // namespace

DeviceFigures figures_of(const std::string& architecture, int multiprocessors) {
  constexpr double kKibi = 1024;
  if (architecture == "sm_80") return {multiprocessors, 1.41, 1024, 64, 164 * kKibi, 32, 10};
  if (architecture == "sm_86") return {multiprocessors, 1.7, 256, 128, 100 * kKibi, 24, 6.7};
  if (architecture == "sm_89") return {multiprocessors, 2.4, 512, 128, 100 * kKibi, 24, 3};
  return {multiprocessors, 1.75, 2048, 128, 227 * kKibi, 24, 20};
}

DeviceFigures figures_of(const Device& device) {
  return figures_of(device.stream.architecture(), device.stream.multiprocessors());
}

TileSize size_of(FusedTile tile) {
  const TileShape& shape = shape_of(tile);
  return {shape.pixels, shape.columns};
}

std::string name_of(const FusedCut& cut) {
  const TileSize size = size_of(cut.tile);
  const std::string name = std::to_string(size.pixels) + 'x' + std::to_string(size.columns);
  return cut.parts > 1 ? name + ",split" + std::to_string(cut.parts) : name;
}

std::optional<FusedCut> cut_of(const std::string& name) {
  for (const TileShape& shape : kTiles) {
    const std::string whole = name_of(FusedCut{shape.tile, 1}), split = whole + ",split";
    if (name == whole) return FusedCut{shape.tile, 1};
    if (!name.starts_with(split)) continue;
    std::int32_t parts = 0;
    const char* const end = name.data() + name.size();
    const auto [at, error] = std::from_chars(name.data() + split.size(), end, parts);
    if (error == std::errc() && at == end && parts >= 2 && parts <= kMostParts)
      return FusedCut{shape.tile, parts};
  }
  return {};
}

ProductCost cost_of(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    const FusedCut& cut) {
  const TileShape& tile = shape_of(cut.tile);
  ProductCost cost;
  cost.blocks = blocks(size.pixels, tile.pixels) * blocks(size.columns, tile.columns) * cut.parts;
  cost.of_fullest = blocks(cost.blocks, figures.multiprocessors);
  cost.at_once = std::min(blocks_at_once(figures, products, tile), cost.of_fullest);
  const auto stages = static_cast<double>(blocks(size.stages, cut.parts));
  const double cache_bytes = cache_share(figures, cost.blocks);
  const StageCost stage = stage_cost(figures, products, tile, cache_bytes);
  const double numbers = static_cast<double>(tile.pixels) * tile.columns;
  const double together = stage.cycles * static_cast<double>(cost.at_once);
  cost.limit = together < kStageLatency ? "latency" : stage.limit;
  const std::int64_t full_rounds = cost.of_fullest / cost.at_once, left = cost.of_fullest % cost.at_once;
  cost.rounds = full_rounds + (left > 0 ? 1 : 0);
  const auto round = [&](double blocks) {
    return stages * std::max(stage.cycles * blocks, kStageLatency) + kRoundCycles;
  };
  cost.cycles = static_cast<double>(full_rounds) * round(static_cast<double>(cost.at_once));
  if (left > 0) cost.cycles += round(static_cast<double>(left));
  cost.cycles += static_cast<double>(blocks(cost.of_fullest, cut.parts)) * numbers * size.end_cycles;
  // Every block writes its sums, one of each tile reads those of all.
  if (cut.parts > 1)
    cost.cycles +=
        kJoinCycles + (static_cast<double>(cost.of_fullest) + cut.parts) * 4 * numbers / cache_bytes;
  return cost;
}

StageCost longest(const StageCost& a, const StageCost& b, const StageCost& c) {
  const auto longer = [](const StageCost& x, const StageCost& y) { return x.cycles < y.cycles ? y : x; };
  return longer(longer(a, b), c);
}

double cache_share(const DeviceFigures& figures, std::int64_t blocks) {
  const auto busy = static_cast<double>(std::clamp<std::int64_t>(blocks, 1, figures.multiprocessors));
  return std::min(kMostCacheBytes, figures.cache_bytes * figures.multiprocessors / busy);
}

FusedCut choose_cut(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    std::optional<FusedTile> tile) {
  FusedCut best;
  double least = std::numeric_limits<double>::infinity();
  for (const TileShape& shape : kTiles) {
    if (tile && *tile != shape.tile) continue;
    const double tiles = static_cast<double>(blocks(size.pixels, shape.pixels) * shape.pixels) *
                         static_cast<double>(blocks(size.columns, shape.columns) * shape.columns);
    for (std::int32_t parts = 1; parts <= kMostParts; ++parts) {
      if (parts > 1 && (size.stages < parts * kLeastStages || tiles * parts * 4 > kMostPartBytes)) break;
      const FusedCut cut{shape.tile, parts};
      const double cycles = cost_of(figures, products, size, cut).cycles;
      if (cycles >= least) continue;
      least = cycles;
      best = cut;
    }
  }
  return best;
}

std::vector<FusedCut> cuts_to_try(const DeviceFigures& figures, FusedProducts products,
                                  const ProductSize& size) {
  std::vector<FusedCut> cuts{choose_cut(figures, products, size)};
  const auto add = [&](const FusedCut& cut) {
    if (std::find(cuts.begin(), cuts.end(), cut) == cuts.end()) cuts.push_back(cut);
  };
  for (const TileShape& shape : kTiles) {
    add({shape.tile, 1});
    add(choose_cut(figures, products, size, shape.tile));
  }
  return cuts;
}

}  // namespace convlstm::cuda
