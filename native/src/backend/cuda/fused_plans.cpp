// What the fused executor tells of itself: which layers it suits, how it can be cut, and ExecutorPlan.
#include "backend/cuda/fused.h"
#include "backend/cuda/fused_estimate.h"

namespace convlstm::cuda {
namespace {

constexpr double kDoubt = 1.5;  // so much longer it may seem to take: the model is no more certain

const char* name_of(FusedProducts products) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return "bfloat16";
    case FusedProducts::kFloat16:
      return "float16";
    case FusedProducts::kTf32:
      return "tf32";
    case FusedProducts::kThreeTf32:
      return "three products of tf32";
    case FusedProducts::kPlain:
      return "float32, on the ordinary units";
  }
  return "";
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::int64_t nanoseconds(double microseconds) {
  return static_cast<std::int64_t>(microseconds * 1000 + 0.5);
}

}  // namespace

FusedPlan fused_plan_of(const Device& device, const RecurrentDesc& desc, const InputShape& shape,
                        const std::optional<FusedCut>& cut) {
  const Precision precision = precision_of(device.precision, desc);
  if (cut) return {desc, shape.size, precision.element, *cut};
  return {desc, shape, precision.element, figures_of(device), products_of(precision, device.is_exact)};
}

Verdict Fused::suits(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const FusedPlan plan = fused_plan_of(device, desc, shape, {});
  const Precision precision = precision_of(device.precision, desc);
  const FusedProducts products = products_of(precision, device.is_exact);
  const StepShape step{desc, plan, shape.batch, precision.element};
  const DeviceFigures figures = figures_of(device);
  const double own = estimate_fused(figures, products, step).total,
               other = estimate_stepwise(figures, products, step).total;
  if (own <= kDoubt * other) return {};
  return {"a step should take " + microseconds_text(own) + ", that of cudnn_stepwise " +
          microseconds_text(other)};
}

std::vector<std::string> Fused::tilings(const Device& device, const RecurrentDesc& desc,
                                        const InputShape& shape) {
  const FusedPlan plan = fused_plan_of(device, desc, shape, {});
  const FusedProducts products = products_of(precision_of(device.precision, desc), device.is_exact);
  std::vector<std::string> names;
  if (HopperPlan::supports(device, desc, shape)) names.emplace_back("hopper");
  for (const FusedCut& cut : cuts_to_try(figures_of(device), products, plan.size(shape.batch)))
    names.push_back(cuda::name_of(cut));
  return names;
}

// The model does not know these kernels.
ExecutorPlan Fused::plan_of_hopper() const {
  const HopperTileSize tile = size_of(hopper_->tile);
  const std::int64_t pixels = layer_.sizes.batch * layer_.sizes.grid.area;
  const std::int64_t rows = (pixels + tile.pixels - 1) / tile.pixels * tile.pixels;
  const std::int64_t depth_bytes = std::int64_t{hopper_->stages()} * kHopperStageBytes;
  ExecutorPlan plan;
  plan.algorithm = std::string("implicit matrix product of warpgroups, ") +
                   name_of(products_of(layer_.precision, layer_.device->is_exact));
  plan.tiling = number(tile.pixels) + " pixels by 4 gates of " + number(tile.columns / 4) + " channels";
  plan.numbers = {
      {"tile_pixels", tile.pixels}, {"tile_columns", tile.columns}, {"stages", hopper_->stages()}};
  if (hopper_->x.stages > 0) plan.input = "folded";
  plan.weight_bytes = depth_bytes * hopper_->columns;
  plan.work_bytes = static_cast<std::int64_t>(workspace_bytes());
  plan.multiply_adds = static_cast<double>(
      rows * hopper_->columns * (depth_bytes / static_cast<std::int64_t>(bytes_of(layer_.sizes.element))));
  return plan;
}

ExecutorPlan Fused::plan() const {
  if (hopper_) return plan_of_hopper();
  const FusedProducts products = products_of(layer_.precision, layer_.device->is_exact);
  const DeviceFigures figures = figures_of(*layer_.device);
  const StepShape step{layer_.desc, plan_, layer_.sizes.batch, layer_.sizes.element};
  const StepEstimate own = estimate_fused(figures, products, step),
                     other = estimate_stepwise(figures, products, step);
  const TileSize tile = size_of(plan_.cut.tile);
  ExecutorPlan plan;
  plan.algorithm = std::string("implicit matrix product, ") + name_of(products);
  plan.tiling = number(tile.pixels) + " pixels by 4 gates of " + number(tile.columns / 4) + " channels";
  if (plan_.cut.parts > 1) plan.tiling += ", the depth in " + number(plan_.cut.parts) + " parts";
  plan.tiling += ": " + number(own.cost.blocks) + (own.cost.blocks == 1 ? " block" : " blocks") + " on " +
                 number(figures.multiprocessors) + " multiprocessors, " + number(own.cost.of_fullest) +
                 " on the fullest, " + number(own.cost.at_once) + " at once, waiting for " + own.cost.limit +
                 "; by the model, not measured, a step takes " + microseconds_text(own.total) +
                 " (products " + microseconds_text(own.products) + ", memory " +
                 microseconds_text(own.memory) + "), that of cudnn_stepwise " +
                 microseconds_text(other.total);
  plan.numbers = {{"tile_pixels", tile.pixels},
                  {"tile_columns", tile.columns},
                  {"depth_parts", plan_.cut.parts},
                  {"stages", plan_.stages()},
                  {"blocks", own.cost.blocks},
                  {"blocks_of_fullest", own.cost.of_fullest},
                  {"blocks_at_once", own.cost.at_once},
                  {"multiprocessors", figures.multiprocessors},
                  {"model_nanoseconds", nanoseconds(own.total)},
                  {"stepwise_model_nanoseconds", nanoseconds(other.total)}};
  if (plan_.x.stages > 0) plan.input = "folded";
  plan.weight_bytes = std::int64_t{plan_.stages()} * kStageVectors * kVectorBytes * plan_.columns;
  plan.work_bytes = static_cast<std::int64_t>(workspace_bytes());
  plan.multiply_adds = padded_multiply_adds(step);
  for (const FusedCut& cut : cuts_to_try(figures, products, plan_.size(layer_.sizes.batch))) {
    const FusedPlan other_plan(layer_.desc, layer_.shape_in.size, layer_.sizes.element, cut);
    plan.estimates.push_back(
        {cuda::name_of(cut), padded_multiply_adds({layer_.desc, other_plan, step.batch, step.element})});
  }
  return plan;
}

}  // namespace convlstm::cuda
