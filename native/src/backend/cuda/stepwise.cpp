#include "backend/cuda/stepwise.h"

#include <algorithm>

#include "backend/cuda/convolution_graph.h"
#include "backend/cuda/stepwise_backward.h"
#include "backend/cuda/stepwise_forward.h"
#include "cell/cells.h"

namespace convlstm::cuda {

Precision precision_of(const Precision& allowed, const RecurrentDesc& desc) {
  Precision precision = allowed;
  if (precision.element == Element::kFloat32 && desc.storage == CLN_STORAGE_BFLOAT16)
    precision.element = Element::kBfloat16;
  return precision;
}

StepwiseLayer::StepwiseLayer(std::shared_ptr<Device> on, const RecurrentDesc& d, const InputShape& shape)
    : device(std::move(on)),
      desc(d),
      shape_in(shape),
      plan(d),
      precision(precision_of(device->precision, d)),
      convolutions(device) {
  const Element element = precision.element;
  const std::int64_t multiple = channel_multiple(element);
  sizes = {shape.batch, grid_of(state_size(d, shape.size).area(), d.hidden_channels, multiple),
           grid_of(shape.size.area(), d.input_channels, multiple), element,
           d.storage == CLN_STORAGE_BFLOAT16 || element == Element::kBfloat16};
}

ConvolutionShape StepwiseLayer::shape(const StepConvolution& c, std::int64_t images, bool is_planar) const {
  ConvolutionShape shape = shape_of(axes_of_kernel(desc, c.plan.kernel, shape_in.size));
  const KernelLayout kernel = kernel_layout(desc, c.plan.kernel, channel_multiple(precision.element));
  shape.images = images;
  shape.input_channels = kernel.blocks * kernel.inputs_padded;
  shape.output_channels = (is_planar ? 1 : c.gates) * kernel.padded;
  return shape;
}

std::int64_t StepwiseLayer::window(std::int64_t steps, std::size_t bytes_of_step, std::size_t limit) const {
  const auto fit = static_cast<std::int64_t>(limit / std::max<std::size_t>(bytes_of_step, 1));
  return std::clamp<std::int64_t>(fit, 1, std::max<std::int64_t>(steps, 1));
}

std::size_t StepwiseLayer::forward_step_bytes() const {
  const std::int64_t gates = desc.input_channels > 0 ? traits_of(desc.cell).input_gates : 0;
  return static_cast<std::size_t>(gates * sizes.slot_count()) * bytes_of(precision.element);
}

std::size_t StepwiseLayer::backward_step_bytes() const {
  std::int64_t rows = 0;
  for (const auto& sets : plan.row_sets) {
    std::int64_t of_sets = 0;
    for (const RowSet& set : sets) of_sets += static_cast<std::int64_t>(set.slots.size());
    rows = std::max(rows, of_sets);
  }
  const std::size_t slot = static_cast<std::size_t>(sizes.slot_count());
  std::size_t bytes = static_cast<std::size_t>(rows) * slot * bytes_of(precision.element);
  if (!plan.norms.empty()) bytes += static_cast<std::size_t>(plan.cell.slots) * slot * sizeof(float);
  return bytes;
}

Stepwise::Stepwise(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
                   const StepwiseLimits& limits)
    : layer_(std::move(device), desc, shape), limits_(limits) {}

std::size_t Stepwise::workspace_bytes() const {
  return forward_memory_.bytes() + backward_memory_.bytes() + seed_.bytes() +
         layer_.convolutions.workspace_bytes();
}

ExecutorPlan Stepwise::plan(std::int64_t steps) const {
  ExecutorPlan plan;
  const std::size_t count = layer_.plan.convolutions.size();
  const std::int64_t window = layer_.window(steps, layer_.forward_step_bytes(), limits_.forward);
  plan.algorithm = "convolutions of cuDNN in " + std::string(cuda::name_of(layer_.precision.element)) +
                   ", a kernel for each stage of the cell";
  plan.tiling = std::to_string(count) + (count == 1 ? " convolution" : " convolutions") + " and " +
                std::to_string(layer_.plan.stages.size()) +
                (layer_.plan.stages.size() == 1 ? " stage" : " stages") + " a step";
  if (layer_.desc.input_channels > 0) {
    plan.input = "hoisted";
    plan.tiling += ", the input's of up to " + std::to_string(window) + (window == 1 ? " step" : " steps") +
                   " in one call";
    plan.numbers.push_back({"hoisted_steps", window});
  }
  const std::int64_t multiple = channel_multiple(layer_.precision.element);
  for (const StepConvolution& c : layer_.plan.convolutions)
    plan.weight_bytes += kernel_layout(layer_.desc, c.plan.kernel, multiple).packed_count() *
                         static_cast<std::int64_t>(bytes_of(layer_.precision.element));
  plan.work_bytes = static_cast<std::int64_t>(tape(steps, false).bytes(false));
  return plan;
}

StepwiseTape Stepwise::tape(std::int64_t steps, bool is_training) const {
  return make_tape(layer_.desc, layer_.plan, layer_.sizes, steps,
                   layer_.window(steps, layer_.forward_step_bytes(), limits_.forward), is_training);
}

std::size_t Stepwise::reserve_bytes(std::int64_t steps) const {
  return tape(steps, true).bytes(true);
}

std::shared_ptr<const PackedWeights> Stepwise::prepare(const SequenceCall& call) {
  const ParameterViews& parameters = call.parameters[0];
  auto weights = PackedWeights::of(parameters, layer_.device, layer_.desc, layer_.plan.cell,
                                   layer_.sizes.grid, layer_.precision.element);
  weights->refresh(parameters);
  if (call.dropout.is_active) {
    if (seed_.data() == nullptr) seed_ = DeviceMemory(layer_.device, sizeof(std::uint64_t));
    layer_.device->stream.copy_to_device(seed_.data(), &call.dropout.seed, sizeof call.dropout.seed);
  }
  return weights;
}

template <typename Queue>
void Stepwise::run(const CallKey& key, std::shared_ptr<const PackedWeights> weights, const Queue& queue) {
  const std::size_t workspace = layer_.convolutions.workspace_bytes();
  recordings_.run(layer_.device->stream, key, std::move(weights), queue);
  // A first run may have moved the memory of the convolutions.
  if (layer_.convolutions.workspace_bytes() != workspace) recordings_.clear();
}

void Stepwise::forward(const ForwardCall& call) {
  const auto weights = prepare(call);
  const bool is_training = call.reserve != nullptr;
  StepwiseTape layout = tape(call.steps, is_training);
  reserve(forward_memory_, layer_.device, layout.bytes(false), recordings_);
  layout = layout.over(call.reserve, forward_memory_.data());
  const std::int64_t window = layer_.window(call.steps, layer_.forward_step_bytes(), limits_.forward);
  run(key_of(call), weights,
      [&] { StepwiseForward(layer_, *weights, layout, seed_.as<std::uint64_t>(), window, call).queue(); });
}

void Stepwise::backward(const BackwardCall& call) {
  const auto weights = prepare(call);
  const std::int64_t window = layer_.window(call.steps, layer_.backward_step_bytes(), limits_.backward);
  auto* const kept = const_cast<void*>(call.reserve);  // only read from here on
  const StepwiseTape layout = tape(call.steps, true).over(kept, nullptr);
  StepwiseBackward backward(layer_, *weights, layout, seed_.as<std::uint64_t>(), window, call);
  reserve(backward_memory_, layer_.device, backward.take_memory(nullptr), recordings_);
  backward.take_memory(backward_memory_.data());
  run(key_of(call), weights, [&] { backward.queue(); });
}

}  // namespace convlstm::cuda
