#include "backend/cuda/executors.h"

#include <limits>

#include "backend/cuda/convolution_layer.h"
#include "backend/cuda/fused.h"
#include "backend/cuda/stepwise.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

// Kernels count pixels and channels in 32 bits.
Verdict supports_stepwise(const LayerDesc& desc, const InputShape& shape, const Precision&) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() / 16;
  const auto fits = [](std::int64_t count) { return count > 0 && count < kMost; };
  std::int64_t grid = shape.size.area(), inputs = 0, outputs = 0;
  if (const auto* layer = std::get_if<RecurrentDesc>(&desc)) {
    grid = state_size(*layer, shape.size).area();
    inputs = layer->input_channels;
    outputs = layer->hidden_channels;
  } else {
    inputs = std::get<ConvDesc>(desc).input_channels;
    outputs = std::get<ConvDesc>(desc).output_channels;
  }
  if (!fits(shape.size.area()) || !fits(grid)) return {"images have 2^27 pixels or more"};
  if (!fits(inputs + 1) || !fits(outputs)) return {"it has 2^27 channels or more"};
  return {};
}

Verdict suits_all(const Device&, const LayerDesc&, const InputShape&) {
  return {};
}

std::unique_ptr<Executor> make_stepwise(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                        const InputShape& shape, const std::string&) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc))
    return std::make_unique<Stepwise>(device, *recurrent, shape);
  return std::make_unique<ConvolutionLayer>(device, std::get<ConvDesc>(desc), shape);
}

// Where something is dropped it goes the stepwise way.
Verdict supports_fused(const LayerDesc& desc, const InputShape& shape, const Precision& precision) {
  const auto* layer = std::get_if<RecurrentDesc>(&desc);
  if (layer == nullptr) return {"it is a convolution"};
  const Verdict drops = supports_stepwise(desc, shape, precision);
  return drops ? Fused::supports(*layer, shape) : drops;
}

Verdict suits_fused(const Device& device, const LayerDesc& desc, const InputShape& shape) {
  return Fused::suits(device, std::get<RecurrentDesc>(desc), shape);
}

std::unique_ptr<Executor> make_fused(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                     const InputShape& shape, const std::string& tiling) {
  const auto& layer = std::get<RecurrentDesc>(desc);
  if (tiling.empty()) return std::make_unique<Fused>(device, layer, shape);
  const std::optional<FusedForm> form =
      tiling == "hopper" ? best_hopper_tile(*device, layer, shape) : form_of(tiling);
  if (!form)
    fail(CLN_UNSUPPORTED,
         "executor: expected fused with tiling 128x128, 64x64 or 64x32, or one of them and ,split2 to "
         ",split16, or 128x128, 64x128 or 64x64 and ,hopper, or hopper, or 64x128, 32x128, 128x64, 32x64, "
         "64x32 or 16x64 and ,sequence, got fused:",
         tiling);
  return std::make_unique<Fused>(device, layer, shape, form);
}

std::vector<std::string> fused_tilings(const Device& device, const LayerDesc& desc, const InputShape& shape) {
  return Fused::tilings(device, std::get<RecurrentDesc>(desc), shape);
}

constexpr ExecutorRow kExecutors[] = {
    {"fused", supports_fused, suits_fused, make_fused, fused_tilings},
    {"cudnn_stepwise", supports_stepwise, suits_all, make_stepwise, nullptr},
};

}  // namespace

std::span<const ExecutorRow> executor_list() {
  return kExecutors;
}

std::vector<ExecutorOption> executor_options(const Device& device, const LayerDesc& desc,
                                             const InputShape& shape) {
  std::vector<ExecutorOption> out;
  for (const ExecutorRow& row : kExecutors) {
    ExecutorOption& option = out.emplace_back();
    option.name = row.name;
    option.takes = row.supports(desc, shape, device.precision);
    option.is_able = static_cast<bool>(option.takes);
    if (!option.is_able) continue;
    option.takes = row.suits(device, desc, shape);
    if (row.tilings == nullptr) {
      option.contenders.push_back(option.name);
      continue;
    }
    for (const std::string& tiling : row.tilings(device, desc, shape))
      option.contenders.push_back(option.name + ':' + tiling);
  }
  return out;
}

std::unique_ptr<Executor> make_executor(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                        const InputShape& shape, const std::string& requested) {
  const std::size_t colon = requested.find(':');
  const std::string asked = requested.substr(0, colon),
                    tiling = colon == std::string::npos ? "" : requested.substr(colon + 1);
  std::string names, reasons;
  for (const ExecutorRow& row : kExecutors) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (!asked.empty() && asked != row.name) continue;
    Verdict verdict = row.supports(desc, shape, device->precision);
    if (verdict && asked.empty()) verdict = row.suits(*device, desc, shape);
    if (verdict && colon != std::string::npos && (tiling.empty() || row.tilings == nullptr))
      fail(CLN_UNSUPPORTED, "executor: expected ", row.name, " without a tiling, got ", requested);
    if (verdict) return row.make(device, desc, shape, tiling);
    reasons += (reasons.empty() ? "" : "; ") + std::string(row.name) +
               " does not support this layer: " + verdict.why_not;
  }
  if (!reasons.empty()) fail(CLN_UNSUPPORTED, "executor: ", reasons);
  fail(CLN_UNSUPPORTED, "executor: expected one of ", names, ", got ", requested);
}

}  // namespace convlstm::cuda
