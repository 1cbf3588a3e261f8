// The fused executor's sequences that are one kernel.
#include <algorithm>
#include <string>
#include <utility>

#include "backend/cuda/fused_estimate.h"
#include "backend/cuda/fused_forward.h"
#include "backend/cuda/persistent.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

class PersistentSteps final : public FusedForward {
 public:
  PersistentSteps(const StepwiseLayer& layer, PersistentPlan plan)
      : layer_(layer), kernel_(layer.device, std::move(plan), products_of(layer)) {}

  FusedPacking packing() const override { return packing_of(kernel_.plan().step, layer_.precision.element); }
  std::size_t bytes() const override { return kernel_.bytes(); }
  void run(const FusedSequence& sequence, StepRange steps) override;
  void tell(ExecutorPlan& plan) const override;

 private:
  const StepwiseLayer& layer_;
  Persistent kernel_;
};

void PersistentSteps::run(const FusedSequence& sequence, StepRange steps) {
  const ForwardCall& call = sequence.call;
  const FusedArrays& arrays = sequence.arrays;
  const FusedPlan& plan = kernel_.plan().step;
  const bool is_last = steps.end == call.steps, has_all_y = layer_.desc.output == CLN_OUTPUT_SEQUENCE;
  PersistentSequence work = kernel_.sequence();
  work.step = sequence.step(steps.begin);
  work.step.columns = plan.columns;
  work.step.x_stages = plan.x.stages;
  work.step.stages = plan.stages();
  work.images = static_cast<std::int32_t>(layer_.sizes.batch);
  work.steps = static_cast<std::int32_t>(steps.end - steps.begin);
  if (arrays.x.data != nullptr && call.x.data != nullptr) {
    const auto within = [&](std::int64_t t) {
      return static_cast<std::int32_t>(std::clamp(t, steps.begin, steps.end) - steps.begin);
    };
    work.input_begin = within(call.input.begin);
    work.input_end = within(call.input.end);
    work.step.x.data = arrays.x.at(steps.begin);
    work.x_step = static_cast<std::int64_t>(arrays.x.step);
  }
  const auto ring = [&]<typename T>(const TapePart& part, T*) {
    return Ring<T>{reinterpret_cast<T*>(part.data), static_cast<std::int64_t>(part.step / sizeof(T)),
                   static_cast<std::int32_t>(part.slots),
                   static_cast<std::int32_t>(steps.begin % std::max<std::int64_t>(part.slots, 1))};
  };
  work.h_slots = ring(arrays.h, static_cast<std::byte*>(nullptr));
  work.c_slots = ring(arrays.c, static_cast<float*>(nullptr));
  work.gate_slots = ring(arrays.gates, static_cast<std::byte*>(nullptr));
  work.gate_stride = static_cast<std::int64_t>(arrays.gates.step / 4);
  work.mask_step = call.mask.step_stride;
  work.has_all_y = has_all_y;
  if (!is_last) {
    if (!has_all_y) work.step.y.data = nullptr;
  } else {
    work.step.final =
        dense_view(part_of(call.final, kHidden), layer_.sizes.grid.channels, layer_.sizes.grid.area);
    if (!has_all_y && call.y.data != nullptr) work.step.y = view_of(call.y, layer_.sizes.grid.area);
  }
  kernel_.run(work);
}

void PersistentSteps::tell(ExecutorPlan& plan) const {
  const PersistentPlan& own = kernel_.plan();
  const DeviceFigures figures = figures_of(*layer_.device);
  tell_steps(layer_, {layer_.desc, layer_.shape_in, layer_.precision.element, figures, products_of(layer_)},
             plan);
  const std::string step_by_step = std::move(plan.tiling);
  plan.tiling = std::to_string(own.size.pixels) + " pixels by 4 gates of " +
                std::to_string(own.size.columns / 4) + " channels, the sequence one kernel of " +
                std::to_string(own.blocks()) + (own.blocks() == 1 ? " block" : " blocks") +
                " that are on the device at once and keep " +
                std::to_string((own.places.bytes + 1023) / 1024) +
                " KiB of shared memory each; by the model, not measured, a step takes " +
                microseconds_text(microseconds_of(figures, products_of(layer_), own)) +
                "; step by step: " + step_by_step;
  plan.numbers = {{"tile_pixels", own.size.pixels},
                  {"tile_columns", own.size.columns},
                  {"stages", own.step.stages()},
                  {"blocks", own.blocks()},
                  {"multiprocessors", layer_.device->stream.multiprocessors()},
                  {"shared_bytes", own.places.bytes},
                  {"reach_patches", own.reach}};
  plan.multiply_adds = kernel_.multiply_adds();
}

}  // namespace

std::unique_ptr<FusedForward> make_persistent(const StepwiseLayer& layer, PersistentTile tile) {
  const Element element = layer.precision.element;
  PersistentPlan plan(FusedPlan(layer.desc, layer.shape_in.size, element, FusedCut{}), element,
                      layer.sizes.batch, tile);
  if (!fits(layer.device->stream, products_of(layer), plan))
    fail(CLN_UNSUPPORTED, "fused: expected a device that holds all blocks of ", cuda::name_of(tile),
         " at once, got ", layer.device->stream.multiprocessors(), " multiprocessors for ", plan.blocks(),
         " blocks");
  return std::make_unique<PersistentSteps>(layer, std::move(plan));
}

}  // namespace convlstm::cuda
