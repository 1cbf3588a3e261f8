// Which plan of persistent_plan.h a layer gets.
#include <algorithm>

#include "backend/cuda/persistent_plan.h"

namespace convlstm::cuda {
namespace {

constexpr double kExchange = 1.0;  // microseconds that h takes from block to block

struct TileShape {
  PersistentTile tile;
  TileSize size;
  int warps, row_tiles;
};
constexpr TileShape kTiles[] = {
    {PersistentTile::k64By128, {64, 128}, 4, 4}, {PersistentTile::k32By128, {32, 128}, 4, 2},
    {PersistentTile::k128By64, {128, 64}, 4, 4}, {PersistentTile::k32By64, {32, 64}, 4, 1},
    {PersistentTile::k64By32, {64, 32}, 2, 2},   {PersistentTile::k16By64, {16, 64}, 2, 1}};

const TileShape& shape_of(PersistentTile tile) {
  return *std::find_if(std::begin(kTiles), std::end(kTiles),
                       [&](const TileShape& shape) { return shape.tile == tile; });
}

}  // namespace

TileSize size_of(PersistentTile tile) {
  return shape_of(tile).size;
}

std::string name_of(PersistentTile tile) {
  const TileSize size = size_of(tile);
  return std::to_string(size.pixels) + 'x' + std::to_string(size.columns) + ",sequence";
}

std::optional<PersistentTile> persistent_tile_of(const std::string& name) {
  for (const TileShape& shape : kTiles)
    if (name == name_of(shape.tile)) return shape.tile;
  return {};
}

bool fits(const Stream& stream, FusedProducts products, const PersistentPlan& plan) {
  if (!plan.is_possible()) return false;
  const auto bytes = static_cast<std::size_t>(plan.places.bytes);
  return plan.blocks() <= persistent_blocks(stream, products, plan.tile, bytes);
}

double microseconds_of(const DeviceFigures& figures, FusedProducts products, const PersistentPlan& plan) {
  const TileShape& shape = shape_of(plan.tile);
  const bool is_half = products == FusedProducts::kBfloat16 || products == FusedProducts::kFloat16;
  const double rate = is_half ? figures.half_products : figures.half_products / 2;
  const double times = products == FusedProducts::kThreeTf32 ? 3 : 1;
  const double area = static_cast<double>(plan.size.pixels) * plan.size.columns;
  const double of_products = area * (is_half ? 32 : 16) * times / (rate * kReached);
  const double of_loads =
      shape.warps * (16.0 * shape.row_tiles + 32) * kStageVectors * kVectorBytes / kSharedBytes;
  const std::int64_t of_fullest = (plan.blocks() + figures.multiprocessors - 1) / figures.multiprocessors;
  const double cycles = static_cast<double>(of_fullest) *
                        (plan.step.stages() * std::max(of_products, of_loads) + area * kGateCycles);
  return figures.microseconds(cycles) + kExchange;
}

std::vector<PersistentPlan> persistent_plans(const Device& device, const FusedPlan& plan, Element element,
                                             FusedProducts products, std::int64_t batch) {
  const DeviceFigures figures = figures_of(device);
  std::vector<PersistentPlan> plans;
  for (const PersistentTile tile : kPersistentTiles) {
    PersistentPlan own(plan, element, batch, tile);
    if (fits(device.stream, products, own)) plans.push_back(std::move(own));
  }
  std::stable_sort(plans.begin(), plans.end(), [&](const PersistentPlan& a, const PersistentPlan& b) {
    return microseconds_of(figures, products, a) < microseconds_of(figures, products, b);
  });
  return plans;
}

}  // namespace convlstm::cuda
