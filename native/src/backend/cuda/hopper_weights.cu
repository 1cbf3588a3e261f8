#include "backend/cuda/hopper_weights.h"

#include <string>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct PackHopper {
  HopperPart x, h;
  const float *x_kernel, *h_kernel;  // OIHW, gates i f g o
  std::int64_t hidden;
  std::int32_t columns, element_bytes;
  Element element;
  void* packed;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t numbers = kHopperStageBytes / element_bytes, row = i / numbers, in_row = i % numbers;
    const std::int64_t column = row % columns, stage = row / columns;
    const bool is_x = stage < x.stages;
    const HopperPart& part = is_x ? x : h;
    const std::int64_t of_piece = (1 << part.span_bits) / element_bytes;
    const std::int64_t piece = (is_x ? stage : stage - x.stages) * part.stage_pieces() + in_row / of_piece;
    const std::int64_t tap = piece / part.pieces, input = piece % part.pieces * of_piece + in_row % of_piece;
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

HopperWeights::HopperWeights(std::shared_ptr<Device> device, const RecurrentDesc& desc,
                             const HopperPlan& plan, Element element,
                             std::shared_ptr<const PackedWeights> tables)
    : device_(std::move(device)),
      hidden_(desc.hidden_channels),
      x_(plan.x),
      h_(plan.h),
      columns_(plan.columns),
      element_(element),
      tables_(std::move(tables)),
      memory_(device_, static_cast<std::size_t>(plan.stages()) * static_cast<std::size_t>(plan.columns) *
                           kHopperStageBytes) {}

std::shared_ptr<const HopperWeights> HopperWeights::of(const ParameterViews& parameters,
                                                       const std::shared_ptr<Device>& device,
                                                       const RecurrentDesc& desc, const HopperPlan& plan,
                                                       Element element,
                                                       std::shared_ptr<const PackedWeights> tables) {
  // The tables are of one grid: so are these.
  const std::string key = "cuda hopper " + std::to_string(reinterpret_cast<std::uintptr_t>(tables.get())) +
                          ' ' + std::to_string(plan.columns);
  return parameters.packed->get<HopperWeights>(key, 0, [&] {
    return std::make_shared<HopperWeights>(device, desc, plan, element, std::move(tables));
  });
}

void HopperWeights::refresh(const ParameterViews& parameters) const {
  tables_->refresh(parameters);
  const std::scoped_lock lock(mutex_);
  if (is_filled_ && version_ == parameters.version) return;
  is_filled_ = false;
  const auto element_bytes = static_cast<std::int32_t>(bytes_of(element_));
  launch(device_->stream, static_cast<std::int64_t>(memory_.bytes()) / element_bytes,
         PackHopper{x_, h_, parameters.data[kInputKernel], parameters.data[kRecurrentKernel], hidden_,
                    columns_, element_bytes, element_, memory_.data()});
  is_filled_ = true;
  version_ = parameters.version;
}

}  // namespace convlstm::cuda
