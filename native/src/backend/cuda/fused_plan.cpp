#include "backend/cuda/fused_plan.h"

#include <limits>

namespace convlstm::cuda {
namespace {

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

// `cost` of a product, by that of the largest tile: what is loaded from shared memory for it.
struct TileCost {
  FusedTile tile;
  std::int32_t pixels, columns;
  double cost;
};
constexpr TileCost kTiles[] = {{FusedTile::k128By128, 128, 128, 1.0},
                               {FusedTile::k64By64, 64, 64, 1.4},
                               {FusedTile::k64By32, 64, 32, 1.6}};

FusedPart part_of(const Axes& axes, std::int64_t inputs, std::int32_t vector_channels,
                  std::int32_t first_stage) {
  FusedPart part;
  part.first_stage = first_stage;
  if (inputs == 0) return part;
  part.inputs = static_cast<std::int32_t>(inputs);
  part.vectors = static_cast<std::int32_t>(blocks(inputs, vector_channels));
  part.taps = static_cast<std::int32_t>(axes.d.kernel * axes.h.kernel * axes.w.kernel);
  part.stages =
      static_cast<std::int32_t>(blocks(static_cast<std::int64_t>(part.taps) * part.vectors, kStageVectors));
  return part;
}

std::int32_t offset_of(const Axis& axis, std::int64_t element) {
  return static_cast<std::int32_t>(element * axis.dilation - axis.before);
}

void add_vectors(std::vector<SourceVector>& all, const FusedPart& part, const Axes& axes,
                 std::int32_t vector_channels) {
  for (std::int32_t i = 0; i < part.stages * kStageVectors; ++i) {
    const std::int64_t tap = i / part.vectors, line = tap / axes.w.kernel;
    if (tap >= part.taps)
      all.push_back({{0, 0, 0}, -1});
    else
      all.push_back({{offset_of(axes.d, line / axes.h.kernel), offset_of(axes.h, line % axes.h.kernel),
                      offset_of(axes.w, tap % axes.w.kernel)},
                     i % part.vectors * vector_channels});
  }
}

}  // namespace

FusedProducts products_of(const Precision& precision, bool is_exact) {
  if (precision.element == Element::kBfloat16) return FusedProducts::kBfloat16;
  if (precision.element == Element::kFloat16) return FusedProducts::kFloat16;
  if (is_exact) return FusedProducts::kPlain;
  return precision.allows_tf32 ? FusedProducts::kTf32 : FusedProducts::kThreeTf32;
}

TileSize size_of(FusedTile tile) {
  for (const TileCost& t : kTiles)
    if (t.tile == tile) return {t.pixels, t.columns};
  return {};
}

FusedTile choose_tile(std::int64_t pixels, std::int64_t groups, int multiprocessors) {
  FusedTile best{};
  double least = std::numeric_limits<double>::infinity();
  for (const TileCost& t : kTiles) {
    const std::int64_t count = blocks(pixels, t.pixels) * blocks(groups * kGroupColumns, t.columns);
    const double time = static_cast<double>(blocks(count, multiprocessors) * t.pixels * t.columns) * t.cost;
    if (time >= least) continue;
    least = time;
    best = t.tile;
  }
  return best;
}

FusedPlan::FusedPlan(const RecurrentDesc& desc, const Size3& input, Element element, FusedTile chosen)
    : x_axes(axes_of(desc.input, input)),
      h_axes(same_axes(desc.recurrent_kernel, desc.recurrent_dilation, state_size(desc, input))),
      tile(chosen),
      vector_channels_(static_cast<std::int32_t>(kVectorBytes / bytes_of(element))) {
  x = part_of(x_axes, desc.input_channels, vector_channels_, 0);
  h = part_of(h_axes, desc.hidden_channels, vector_channels_, x.stages);
  const std::int64_t groups = blocks(desc.hidden_channels, kGroupChannels);
  const std::int32_t of_tile = size_of(tile).columns;
  columns = static_cast<std::int32_t>(blocks(groups * kGroupColumns, of_tile)) * of_tile;
}

std::vector<SourceVector> FusedPlan::vectors() const {
  std::vector<SourceVector> all;
  add_vectors(all, x, x_axes, vector_channels_);
  add_vectors(all, h, h_axes, vector_channels_);
  return all;
}

}  // namespace convlstm::cuda
