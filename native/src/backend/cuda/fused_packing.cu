#include <string>

#include "backend/cuda/fused_plan.h"
#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct PackFused {
  FusedPart x, h;
  const float *x_kernel, *h_kernel;  // OIHW, gates i f g o
  std::int32_t hidden, columns, vector_channels;
  Element element;
  void* packed;  // [stage][column][vector][channel]

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    std::int64_t rest = i / vector_channels;
    const std::int64_t vector_of_stage = rest % kStageVectors;
    rest /= kStageVectors;
    const std::int64_t column = rest % columns, stage = rest / columns;
    const bool is_x = stage < h.first_stage;
    const FusedPart& part = is_x ? x : h;
    const std::int64_t vector = (stage - part.first_stage) * kStageVectors + vector_of_stage;
    const std::int64_t tap = vector / part.vectors,
                       input = vector % part.vectors * vector_channels + i % vector_channels;
    const std::int64_t gate = column % kGroupColumns / kGroupChannels,
                       channel = column / kGroupColumns * kGroupChannels + column % kGroupChannels;
    float value = 0;
    if (tap < part.taps && input < part.inputs && channel < hidden)
      value =
          (is_x ? x_kernel : h_kernel)[((gate * hidden + channel) * part.inputs + input) * part.taps + tap];
    store_element(packed, i, value, element);
  }
};

}  // namespace

FusedPacking packing_of(const FusedPlan& plan, Element element) {
  const std::int64_t vectors = static_cast<std::int64_t>(plan.stages()) * plan.columns * kStageVectors;
  PackFused work{plan.x,  plan.h, nullptr, nullptr, plan.hidden, plan.columns, plan.vector_channels,
                 element, nullptr};
  return {"stages of vectors " + std::to_string(plan.columns),
          static_cast<std::size_t>(vectors) * kVectorBytes,
          [work, vectors](Stream& stream, const float* x, const float* h, void* packed) mutable {
            work.x_kernel = x;
            work.h_kernel = h;
            work.packed = packed;
            launch(stream, vectors * work.vector_channels, work);
          }};
}

}  // namespace convlstm::cuda
