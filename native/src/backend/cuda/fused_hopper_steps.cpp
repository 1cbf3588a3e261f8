// The fused executor step by step, on the kernels of hopper_arguments.h.
#include "backend/cuda/fused_forward.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

class HopperSteps final : public FusedForward {
 public:
  HopperSteps(const StepwiseLayer& layer, HopperTile tile)
      : layer_(layer), plan_(layer.desc, layer.shape_in, layer.precision.element, tile) {}

  FusedPacking packing() const override { return packing_of(plan_, layer_.precision.element); }
  std::size_t bytes() const override { return 0; }

  void run(const FusedSequence& sequence, StepRange steps) override {
    for (std::int64_t t = steps.begin; t < steps.end; ++t) run_step(sequence.step(t));
  }

  // The model does not know these kernels.
  void tell(ExecutorPlan& plan) const override {
    const HopperTileSize tile = size_of(plan_.tile);
    const std::int64_t pixels = layer_.sizes.batch * layer_.sizes.grid.area;
    const std::int64_t rows = (pixels + tile.pixels - 1) / tile.pixels * tile.pixels;
    const std::int64_t depth =
        plan_.stages() * (kHopperStageBytes / static_cast<std::int64_t>(bytes_of(layer_.sizes.element)));
    plan.algorithm =
        std::string("implicit matrix product of warpgroups, ") + cuda::name_of(products_of(layer_));
    plan.tiling = std::to_string(tile.pixels) + " pixels by 4 gates of " + std::to_string(tile.columns / 4) +
                  " channels";
    plan.numbers = {{"tile_pixels", tile.pixels}, {"tile_columns", tile.columns}, {"stages", plan_.stages()}};
    plan.multiply_adds = static_cast<double>(rows * plan_.columns * depth);
  }

 private:
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
    work.map_kernel = map_of(step.kernel, static_cast<std::int64_t>(plan_.stages()) * plan_.columns, products,
                             tile.columns);
    run_hopper_step(layer_.device->stream, products, plan_.tile, work);
  }

  const StepwiseLayer& layer_;
  HopperPlan plan_;
};

}  // namespace

std::unique_ptr<FusedForward> make_hopper_steps(const StepwiseLayer& layer, HopperTile tile) {
  const Verdict verdict = HopperPlan::supports(*layer.device, layer.desc, layer.shape_in);
  if (!verdict)
    fail(CLN_UNSUPPORTED, "executor: fused:", name_of(tile),
         " does not support this layer: ", verdict.why_not);
  return std::make_unique<HopperSteps>(layer, tile);
}

}  // namespace convlstm::cuda
