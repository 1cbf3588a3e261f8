// What the fused executor tells of itself: which layers it suits, how it can be cut, and ExecutorPlan.
#include "backend/cuda/fused.h"
#include "backend/cuda/fused_estimate.h"

namespace convlstm::cuda {
namespace {

constexpr double kDoubt = 1.5;  // so much longer it may seem to take: the model is no more certain

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::int64_t nanoseconds(double microseconds) {
  return static_cast<std::int64_t>(microseconds * 1000 + 0.5);
}

FusedPlan steps_of(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const Precision precision = precision_of(device.precision, desc);
  return {desc, shape, precision.element, figures_of(device), products_of(precision, device.is_exact)};
}

}  // namespace

Verdict Fused::suits(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const FusedPlan plan = steps_of(device, desc, shape);
  const Precision precision = precision_of(device.precision, desc);
  const FusedProducts products = products_of(precision, device.is_exact);
  const StepShape step{desc, plan, shape.batch, precision.element};
  const DeviceFigures figures = figures_of(device);
  const auto whole = choose_persistent(device, plan, precision.element, products, shape.batch);
  const double own =
      whole ? microseconds_of(figures, products, *whole) : estimate_fused(figures, products, step).total;
  const double other = estimate_stepwise(figures, products, step).total;
  if (own <= kDoubt * other) return {};
  return {"a step should take " + microseconds_text(own) + ", that of cudnn_stepwise " +
          microseconds_text(other)};
}

std::vector<std::string> Fused::tilings(const Device& device, const RecurrentDesc& desc,
                                        const InputShape& shape) {
  const FusedPlan plan = steps_of(device, desc, shape);
  const FusedProducts products = products_of(precision_of(device.precision, desc), device.is_exact);
  std::vector<std::string> names;
  if (HopperPlan::supports(device, desc, shape))
    names.push_back(cuda::name_of(best_hopper_tile(device, desc, shape)));
  for (const FusedCut& cut : cuts_to_try(figures_of(device), products, plan.size(shape.batch)))
    names.push_back(cuda::name_of(cut));
  const Element element = precision_of(device.precision, desc).element;
  const auto whole = choose_persistent(device, plan, element, products, shape.batch);
  const auto plans = persistent_plans(device, plan, element, products, shape.batch);
  if (!plans.empty()) names.insert(whole ? names.begin() : names.end(), cuda::name_of(plans.front().tile));
  return names;
}

void tell_steps(const StepwiseLayer& layer, const FusedPlan& steps, ExecutorPlan& plan) {
  const FusedProducts products = products_of(layer);
  const DeviceFigures figures = figures_of(*layer.device);
  const StepShape step{layer.desc, steps, layer.sizes.batch, layer.sizes.element};
  const StepEstimate own = estimate_fused(figures, products, step),
                     other = estimate_stepwise(figures, products, step);
  const TileSize tile = size_of(steps.cut.tile);
  plan.algorithm = std::string("implicit matrix product, ") + name_of(products);
  plan.tiling = number(tile.pixels) + " pixels by 4 gates of " + number(tile.columns / 4) + " channels";
  if (steps.cut.parts > 1) plan.tiling += ", the depth in " + number(steps.cut.parts) + " parts";
  plan.tiling += ": " + number(own.cost.blocks) + (own.cost.blocks == 1 ? " block" : " blocks") + " on " +
                 number(figures.multiprocessors) + " multiprocessors, " + number(own.cost.of_fullest) +
                 " on the fullest, " + number(own.cost.at_once) + " at once, waiting for " + own.cost.limit +
                 "; by the model, not measured, a step takes " + microseconds_text(own.total) +
                 " (products " + microseconds_text(own.products) + ", memory " +
                 microseconds_text(own.memory) + "), that of cudnn_stepwise " +
                 microseconds_text(other.total);
  plan.numbers = {{"tile_pixels", tile.pixels},
                  {"tile_columns", tile.columns},
                  {"depth_parts", steps.cut.parts},
                  {"stages", steps.stages()},
                  {"blocks", own.cost.blocks},
                  {"blocks_of_fullest", own.cost.of_fullest},
                  {"blocks_at_once", own.cost.at_once},
                  {"multiprocessors", figures.multiprocessors},
                  {"model_nanoseconds", nanoseconds(own.total)},
                  {"stepwise_model_nanoseconds", nanoseconds(other.total)}};
  plan.multiply_adds = padded_multiply_adds(step);
}

ExecutorPlan Fused::plan() const {
  ExecutorPlan plan;
  forward_->tell(plan);
  if (layer_.desc.input_channels > 0) plan.input = "folded";
  plan.weight_bytes = static_cast<std::int64_t>(forward_->packing().bytes);
  plan.work_bytes = static_cast<std::int64_t>(workspace_bytes());
  const FusedPlan steps = steps_of(*layer_.device, layer_.desc, layer_.shape_in);
  for (const FusedCut& cut :
       cuts_to_try(figures_of(*layer_.device), products_of(layer_), steps.size(layer_.sizes.batch))) {
    const FusedPlan other(layer_.desc, layer_.shape_in.size, layer_.sizes.element, cut);
    plan.estimates.push_back(
        {cuda::name_of(cut),
         padded_multiply_adds({layer_.desc, other, layer_.sizes.batch, layer_.sizes.element})});
  }
  return plan;
}

}  // namespace convlstm::cuda
