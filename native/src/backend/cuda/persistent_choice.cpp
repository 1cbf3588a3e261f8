// Which plan of persistent_plan.h a layer gets.
#include <algorithm>
#include <string_view>

#include "backend/cuda/persistent_plan.h"

namespace convlstm::cuda {
namespace {

constexpr double kExchange = 1.0;  // microseconds that h takes from block to block
// Of distributed shared memory, as reported of H100s: bytes a cycle that a multiprocessor sends, and what a
// barrier of a cluster takes.
constexpr double kClusterBytes = 12, kClusterBarrier = 250;

struct TileShape {
  PersistentTile tile;
  TileSize size;
  int warps, row_tiles, parts;
};
constexpr TileShape kTiles[] = {
    {PersistentTile::k64By128, {64, 128}, 4, 4, 1},
    {PersistentTile::k256By32, {256, 32}, 4, 4, 1},
    {PersistentTile::k32By128, {32, 128}, 4, 2, 1},
    {PersistentTile::k128By64, {128, 64}, 4, 4, 1},
    {PersistentTile::k32By64, {32, 64}, 4, 1, 1},
    {PersistentTile::k64By32, {64, 32}, 2, 2, 1},
    {PersistentTile::k16By64, {16, 64}, 2, 1, 1},
    {PersistentTile::k512By64Cluster2, {512, 64}, 8, 8, 2},
    {PersistentTile::k256By64Cluster2, {256, 64}, 8, 4, 2},
    {PersistentTile::k128By64Cluster4, {128, 64}, 4, 4, 4},
    {PersistentTile::k128By32Cluster4, {128, 32}, 4, 2, 4},
    {PersistentTile::k64By32Cluster4, {64, 32}, 2, 2, 4},
    {PersistentTile::k256By32Cluster8, {256, 32}, 4, 4, 8},
};

const TileShape& shape_of(PersistentTile tile) {
  return *std::find_if(std::begin(kTiles), std::end(kTiles),
                       [&](const TileShape& shape) { return shape.tile == tile; });
}

double exchange_cycles(const PersistentPlan& plan) {
  return plan.parts == 1 ? 0 : plan.sum_bytes() / kClusterBytes + 2 * kClusterBarrier;
}

}  // namespace

TileSize size_of(PersistentTile tile) {
  return shape_of(tile).size;
}
std::int32_t parts_of(PersistentTile tile) {
  return shape_of(tile).parts;
}

std::string name_of(PersistentTile tile) {
  const TileShape& shape = shape_of(tile);
  const std::string size = std::to_string(shape.size.pixels) + 'x' + std::to_string(shape.size.columns);
  return size + (shape.parts == 1 ? ",sequence" : ",cluster" + std::to_string(shape.parts));
}

std::optional<PersistentTile> persistent_tile_of(const std::string& name) {
  for (const TileShape& shape : kTiles)
    if (name == name_of(shape.tile)) return shape.tile;
  return {};
}

PersistentCalls calls_of(const Stream& stream, FusedProducts products, PersistentTile tile) {
  const bool is_cluster = parts_of(tile) > 1;
  if (products == FusedProducts::kPlain) return {};
  if (is_cluster && stream.architecture() != std::string_view("sm_90")) return {};
  if (products == FusedProducts::kBfloat16 || products == FusedProducts::kFloat16)
    return is_cluster ? cluster_half(products, tile) : persistent_half(products, tile);
  return is_cluster ? cluster_float(products, tile) : persistent_float(products, tile);
}

bool fits(const Stream& stream, FusedProducts products, const PersistentPlan& plan) {
  if (!plan.is_possible()) return false;
  const PersistentCalls calls = calls_of(stream, products, plan.tile);
  return calls.count_blocks != nullptr &&
         plan.blocks() <= calls.count_blocks(stream, static_cast<std::size_t>(plan.places.bytes));
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
  const double cycles =
      static_cast<double>(of_fullest) * (plan.stages() * std::max(of_products, of_loads) +
                                         area / plan.parts * kGateCycles + exchange_cycles(plan));
  return figures.microseconds(cycles) + kExchange;
}

std::vector<PersistentPlan> persistent_plans(const Device& device, const FusedPlan& plan, Element element,
                                             FusedProducts products, std::int64_t batch) {
  const DeviceFigures figures = figures_of(device);
  std::vector<PersistentPlan> plans;
  for (const TileShape& shape : kTiles) {
    PersistentPlan own(plan, element, batch, shape.tile);
    if (fits(device.stream, products, own)) plans.push_back(std::move(own));
  }
  std::stable_sort(plans.begin(), plans.end(), [&](const PersistentPlan& a, const PersistentPlan& b) {
    return microseconds_of(figures, products, a) < microseconds_of(figures, products, b);
  });
  return plans;
}

}  // namespace convlstm::cuda
