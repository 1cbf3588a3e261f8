#include "backend/cuda/fused_weights.h"

#include <string>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct PackFused {
  FusedPart x, h;
  const float *x_kernel, *h_kernel;  // OIHW, gates i f g o
  std::int64_t hidden;
  std::int32_t columns, vector_channels;
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

std::int64_t vector_count(const FusedPart& x, const FusedPart& h, std::int32_t columns) {
  return static_cast<std::int64_t>(x.stages + h.stages) * columns * kStageVectors;
}

}  // namespace

FusedWeights::FusedWeights(std::shared_ptr<Device> device, const RecurrentDesc& desc, const FusedPlan& plan,
                           Element element, std::shared_ptr<const PackedWeights> tables)
    : device_(std::move(device)),
      hidden_(desc.hidden_channels),
      x_(plan.x),
      h_(plan.h),
      columns_(plan.columns),
      element_(element),
      tables_(std::move(tables)),
      memory_(device_, static_cast<std::size_t>(vector_count(x_, h_, columns_)) * kVectorBytes) {}

std::shared_ptr<const FusedWeights> FusedWeights::of(const ParameterViews& parameters,
                                                     const std::shared_ptr<Device>& device,
                                                     const RecurrentDesc& desc, const FusedPlan& plan,
                                                     Element element,
                                                     std::shared_ptr<const PackedWeights> tables) {
  // The tables are of one grid: so are these.
  const std::string key = "cuda fused " + std::to_string(reinterpret_cast<std::uintptr_t>(tables.get())) +
                          ' ' + std::to_string(plan.columns);
  return parameters.packed->get<FusedWeights>(
      key, 0, [&] { return std::make_shared<FusedWeights>(device, desc, plan, element, std::move(tables)); });
}

void FusedWeights::refresh(const ParameterViews& parameters) const {
  tables_->refresh(parameters);
  const std::scoped_lock lock(mutex_);
  if (is_filled_ && version_ == parameters.version) return;
  is_filled_ = false;
  const auto vector_channels = static_cast<std::int32_t>(kVectorBytes / bytes_of(element_));
  launch(device_->stream, vector_count(x_, h_, columns_) * vector_channels,
         PackFused{x_, h_, parameters.data[kInputKernel], parameters.data[kRecurrentKernel], hidden_,
                   columns_, vector_channels, element_, memory_.data()});
  is_filled_ = true;
  version_ = parameters.version;
}

}  // namespace convlstm::cuda
