// The fused executor step by step, on the kernels of fused_arguments.h.
#include "backend/cuda/depth_split.h"
#include "backend/cuda/fused_forward.h"

namespace convlstm::cuda {
namespace {

class Steps final : public FusedForward {
 public:
  Steps(const StepwiseLayer& layer, const FusedCut& cut)
      : layer_(layer),
        plan_(layer.desc, layer.shape_in.size, layer.precision.element, cut),
        vectors_(upload(layer.device, plan_.vectors())),
        split_(layer.device, plan_.cut, plan_.size(layer.sizes.batch).pixels, plan_.columns) {}

  FusedPacking packing() const override { return packing_of(plan_, layer_.precision.element); }
  void tell(ExecutorPlan& plan) const override { tell_steps(layer_, plan_, plan); }
  std::size_t bytes() const override { return vectors_.bytes() + split_.bytes(); }

  void run(const FusedSequence& sequence, StepRange steps) override {
    for (std::int64_t t = steps.begin; t < steps.end; ++t) {
      FusedStep step = sequence.step(t);
      step.vectors = vectors_.as<const SourceVector>();
      step.columns = plan_.columns;
      step.x_stages = plan_.x.stages;
      step.first_stage = sequence.reads_x(t) ? 0 : plan_.x.stages;
      step.stages = plan_.stages();
      step.split = split_.view();
      run_fused_step(layer_.device->stream, products_of(layer_), plan_.cut.tile, step);
    }
  }

 private:
  const StepwiseLayer& layer_;
  FusedPlan plan_;
  DeviceMemory vectors_;
  DepthSplitMemory split_;
};

}  // namespace

std::unique_ptr<FusedForward> make_steps(const StepwiseLayer& layer, const FusedCut& cut) {
  return std::make_unique<Steps>(layer, cut);
}

}  // namespace convlstm::cuda
