#include "backend/cuda/fused_plan.h"

namespace convlstm::cuda {
namespace {

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

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
    const std::int64_t tap = i / part.vectors;
    if (tap >= part.taps)
      all.push_back({{0, 0, 0}, -1});
    else
      all.push_back({tap_offset(axes, tap), i % part.vectors * vector_channels});
  }
}

}  // namespace

FusedProducts products_of(const Precision& precision, bool is_exact) {
  if (precision.element == Element::kBfloat16) return FusedProducts::kBfloat16;
  if (precision.element == Element::kFloat16) return FusedProducts::kFloat16;
  if (is_exact) return FusedProducts::kPlain;
  return precision.allows_tf32 ? FusedProducts::kTf32 : FusedProducts::kThreeTf32;
}

Position position_of(const Size3& size) {
  return {static_cast<std::int32_t>(size.d), static_cast<std::int32_t>(size.h),
          static_cast<std::int32_t>(size.w)};
}

Position tap_offset(const Axes& axes, std::int64_t tap) {
  const std::int64_t line = tap / axes.w.kernel;
  return {offset_of(axes.d, line / axes.h.kernel), offset_of(axes.h, line % axes.h.kernel),
          offset_of(axes.w, tap % axes.w.kernel)};
}

FusedPlan::FusedPlan(const RecurrentDesc& desc, const Size3& input, Element element, const FusedCut& chosen)
    : x_axes(axes_of(desc.input, input)),
      h_axes(same_axes(desc.recurrent_kernel, desc.recurrent_dilation, state_size(desc, input))),
      hidden(static_cast<std::int32_t>(desc.hidden_channels)),
      vector_channels(static_cast<std::int32_t>(kVectorBytes / bytes_of(element))) {
  x = part_of(x_axes, desc.input_channels, vector_channels, 0);
  h = part_of(h_axes, desc.hidden_channels, vector_channels, x.stages);
  set_cut(chosen);
}

FusedPlan::FusedPlan(const RecurrentDesc& desc, const InputShape& shape, Element element,
                     const DeviceFigures& figures, FusedProducts products)
    : FusedPlan(desc, shape.size, element, FusedCut{}) {
  set_cut(choose_cut(figures, products, size(shape.batch)));
}

ProductSize FusedPlan::size(std::int64_t batch) const {
  return {batch * h_axes.output().area(), blocks(hidden, kGroupChannels) * kGroupColumns, stages()};
}

void FusedPlan::set_cut(const FusedCut& chosen) {
  cut = chosen;
  const std::int32_t of_tile = size_of(cut.tile).columns;
  columns = static_cast<std::int32_t>(blocks(size(1).columns, of_tile)) * of_tile;
}

std::vector<SourceVector> FusedPlan::vectors() const {
  std::vector<SourceVector> all;
  add_vectors(all, x, x_axes, vector_channels);
  add_vectors(all, h, h_axes, vector_channels);
  return all;
}

}  // namespace convlstm::cuda
