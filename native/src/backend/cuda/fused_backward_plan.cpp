#include "backend/cuda/fused_backward_plan.h"

namespace convlstm::cuda {
namespace {

std::int32_t blocks(std::int64_t count, std::int64_t size) {
  return static_cast<std::int32_t>((count + size - 1) / size);
}

}  // namespace

FusedBackwardPlan::FusedBackwardPlan(const FusedPlan& forward, const DeviceFigures& figures,
                                     FusedProducts products, const InputShape& shape,
                                     std::optional<FusedTile> tile)
    : vector_channels_(forward.vector_channels) {
  const auto turn = [&](const FusedPart& from, std::int64_t pixels, double end_cycles) {
    TransposedPart part;
    part.channels = from.inputs;
    part.hidden = forward.hidden;
    part.vectors = blocks(forward.hidden, vector_channels_);
    part.taps = from.taps;
    part.stages = blocks(std::int64_t{4} * part.vectors * part.taps, kStageVectors);
    part.cut = choose_cut(figures, products, {pixels, part.channels, part.stages, end_cycles}, tile);
    const std::int32_t of_tile = size_of(part.cut.tile).columns;
    part.columns = blocks(part.channels, of_tile) * of_tile;
    return part;
  };
  h = turn(forward.h, shape.batch * forward.h_axes.output().area(), kCellGradientCycles);
  if (forward.x.stages == 0) return;
  x = turn(forward.x, shape.batch * shape.size.area(), kInputGradientCycles);
  // All steps together fill the device.
  x.cut.parts = 1;
}

std::vector<SourceVector> FusedBackwardPlan::vectors(const TransposedPart& part, const Axes& axes) const {
  std::vector<SourceVector> all;
  const std::int32_t of_tap = 4 * part.vectors;  // gate by gate, as rows lie
  for (std::int32_t i = 0; i < part.stages * kStageVectors; ++i) {
    if (i / of_tap >= part.taps) {
      all.push_back({{0, 0, 0}, -1});
      continue;
    }
    const Position offset = tap_offset(axes, i / of_tap);
    all.push_back({{-offset.d, -offset.h, -offset.w}, i % of_tap * vector_channels_});
  }
  return all;
}

}  // namespace convlstm::cuda
