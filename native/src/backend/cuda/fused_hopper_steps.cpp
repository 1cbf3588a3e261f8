// The fused executor step by step, on the kernels of hopper_arguments.h.
#include "backend/cuda/fused_forward.h"
#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/hopper_unroll.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

class HopperSteps final : public FusedForward {
 public:
  HopperSteps(const StepwiseLayer& layer, HopperTile tile, bool packs_x)
      : layer_(layer), plan_(layer.desc, layer.shape_in, products_of(layer), tile, packs_x) {}

  FusedPacking packing() const override { return packing_of(plan_, layer_.precision.element); }
  std::size_t bytes() const override { return 0; }

  std::size_t own_x_bytes() const override {
    if (!plan_.is_unrolled()) return 0;
    return static_cast<std::size_t>(layer_.sizes.batch * layer_.sizes.grid.area * unrolled_padded()) *
           bytes_of(layer_.sizes.element);
  }

  void pack_input(const FusedSequence& sequence, StepRange steps) const override {
    const auto [begin, end] = sequence.input_of(steps);
    if (!plan_.is_unrolled() || begin == end) return;
    const ForwardCall& call = sequence.call;
    const Axes axes = axes_of(layer_.desc.input, layer_.shape_in.size);
    UnrollInput work{};
    work.from = view_of(call.x, layer_.sizes.input.area);
    work.from.data += begin * work.from.step;
    work.to = sequence.arrays.own_x.at(begin);
    work.input = position_of(layer_.shape_in.size);
    work.states = position_of(axes.output());
    work.kernel = position_of(layer_.desc.input.kernel);
    work.stride = position_of(layer_.desc.input.stride);
    work.dilation = position_of(layer_.desc.input.dilation);
    work.before = position_of({axes.h.before, axes.w.before, axes.d.before});
    work.channels = plan_.unrolled_channels;
    work.padded = unrolled_padded();
    work.batch = layer_.sizes.batch;
    if (call.mask.active != nullptr) work.active = call.mask.active + begin * call.mask.step_stride;
    work.mask_step = call.mask.step_stride;
    work.mask_batch = call.mask.batch_stride;
    unroll_input(layer_.device->stream, work, layer_.sizes.element, end - begin);
  }

  void run(const FusedSequence& sequence, StepRange steps) override {
    for (std::int64_t t = steps.begin; t < steps.end; ++t) {
      FusedStep step = sequence.step(t);
      if (plan_.is_unrolled()) step.x = {};
      if (plan_.is_unrolled() && sequence.reads_x(t))
        step.x = {sequence.arrays.own_x.at(t), step.h.size, {1, 1, 1}, unrolled_padded()};
      run_step(step);
    }
  }

  ExecutorPlan plan(const StepEstimate& estimate) const override {
    const HopperTileSize tile = size_of(plan_.tile);
    const ProductCost& cost = estimate.cost;
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    ExecutorPlan plan;
    plan.algorithm =
        std::string("implicit matrix product of warpgroups, ") + cuda::name_of(products_of(layer_));
    plan.tiling = number(tile.pixels) + " pixels by 4 gates of " + number(tile.columns / 4) +
                  " channels: " + number(cost.blocks) + (cost.blocks == 1 ? " tile" : " tiles") + " on " +
                  number(layer_.device->stream.multiprocessors()) + " multiprocessors, " +
                  number(cost.of_fullest) + " on the fullest, waiting for " + cost.limit;
    if (plan_.is_unrolled()) plan.tiling += ", x unrolled over the elements of its kernel";
    plan.numbers = {{"tile_pixels", tile.pixels},
                    {"tile_columns", tile.columns},
                    {"stages", plan_.stages()},
                    {"tiles", cost.blocks},
                    {"tiles_of_fullest", cost.of_fullest}};
    return plan;
  }

 private:
  // Channels of an unrolled pixel, whole vectors.
  std::int32_t unrolled_padded() const {
    const auto of_vector = static_cast<std::int64_t>(kVectorBytes / bytes_of(layer_.sizes.element));
    return static_cast<std::int32_t>(padded_channels(plan_.x.inputs, of_vector));
  }

  void run_step(const FusedStep& step) const {
    const FusedProducts products = products_of(layer_);
    const HopperTileSize tile = size_of(plan_.tile);
    const auto images = static_cast<std::int32_t>(layer_.sizes.batch);
    const Position& states = step.h.size;
    HopperStep work{step, plan_.x, plan_.h, images, plan_.is_deep, {}, {}, {}};
    work.step.columns = plan_.columns;
    if (step.x.data != nullptr)
      work.map_x = map_of(step.x, plan_.x, states, images, plan_.is_deep, products, tile.pixels);
    work.map_h = map_of(step.h, plan_.h, states, images, plan_.is_deep, products, tile.pixels);
    work.map_kernel =
        map_of(step.kernel, static_cast<std::int64_t>(plan_.stages()) * plan_.sets * plan_.columns, products,
               tile.columns);
    run_hopper_step(layer_.device->stream, products, plan_.tile, work);
  }

  const StepwiseLayer& layer_;
  HopperPlan plan_;
};

}  // namespace

std::unique_ptr<FusedForward> make_hopper_steps(const StepwiseLayer& layer, HopperTile tile, bool packs_x) {
  const Verdict verdict = HopperPlan::supports(*layer.device, layer.desc, layer.shape_in);
  if (!verdict)
    fail(CLN_UNSUPPORTED, "executor: fused:", name_of(tile),
         " does not support this layer: ", verdict.why_not);
  return std::make_unique<HopperSteps>(layer, tile, packs_x);
}

}  // namespace convlstm::cuda
