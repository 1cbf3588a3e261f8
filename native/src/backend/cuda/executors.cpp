#include "backend/cuda/executors.h"

#include <limits>

#include "backend/cuda/convolution_layer.h"
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

std::unique_ptr<Executor> make_stepwise(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                        const InputShape& shape) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc))
    return std::make_unique<Stepwise>(device, *recurrent, shape);
  return std::make_unique<ConvolutionLayer>(device, std::get<ConvDesc>(desc), shape);
}

constexpr ExecutorRow kExecutors[] = {
    {"cudnn_stepwise", supports_stepwise, make_stepwise},
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
  }
  return out;
}

std::unique_ptr<Executor> make_executor(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                        const InputShape& shape, const std::string& requested) {
  std::string names, reasons;
  for (const ExecutorRow& row : kExecutors) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (!requested.empty() && requested != row.name) continue;
    const Verdict verdict = row.supports(desc, shape, device->precision);
    if (verdict) return row.make(device, desc, shape);
    reasons += (reasons.empty() ? "" : "; ") + std::string(row.name) +
               " does not support this layer: " + verdict.why_not;
  }
  if (!reasons.empty()) fail(CLN_UNSUPPORTED, "executor: ", reasons);
  fail(CLN_UNSUPPORTED, "executor: expected one of ", names, ", got ", requested);
}

}  // namespace convlstm::cuda
