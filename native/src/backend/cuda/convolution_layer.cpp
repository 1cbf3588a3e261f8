#include "backend/cuda/convolution_layer.h"

#include <algorithm>
#include <string>

#include "backend/cuda/layouts.h"
#include "backend/cuda/packed_weights.h"
#include "backend/cuda/pieces.h"

namespace convlstm::cuda {

ConvolutionLayer::ConvolutionLayer(std::shared_ptr<Device> device, const ConvDesc& desc,
                                   const InputShape& shape, std::size_t window_bytes)
    : device_(std::move(device)),
      element_(device_->precision.element),
      batch_(shape.batch),
      window_bytes_(window_bytes),
      shape_(shape_of(same_axes(desc.kernel, Size3{}, shape.size))),
      convolutions_(device_) {
  const std::int64_t multiple = channel_multiple(element_);
  x_grid_ = grid_of(shape.size.area(), desc.input_channels, multiple);
  y_grid_ = grid_of(shape.size.area(), desc.output_channels, multiple);
  layout_ = {
      1, desc.output_channels, y_grid_.padded, 1, desc.input_channels, x_grid_.padded, desc.kernel.area()};
  shape_.input_channels = x_grid_.padded;
  shape_.output_channels = y_grid_.padded;
}

std::shared_ptr<const ConvolutionLayer::Kernel> ConvolutionLayer::packed(const ParameterViews& parameters) {
  const std::string key = "cuda convolution " +
                          std::to_string(reinterpret_cast<std::uintptr_t>(device_.get())) + ' ' +
                          std::to_string(static_cast<int>(element_));
  const auto bytes = static_cast<std::size_t>(layout_.packed_count()) * bytes_of(element_);
  // Not of a version: what follows looks at it.
  auto kernel = parameters.packed->get<Kernel>(key, 0, [&] {
    auto made = std::make_shared<Kernel>();
    made->memory = DeviceMemory(device_, bytes);
    return made;
  });
  const std::scoped_lock lock(kernel->mutex);
  if (kernel->is_filled && kernel->version == parameters.version) return kernel;
  pack_kernel(device_->stream, layout_, parameters.data[kKernel], kernel->memory.data(), element_);
  kernel->is_filled = true;
  kernel->version = parameters.version;
  return kernel;
}

std::int64_t ConvolutionLayer::window(std::int64_t steps) const {
  const std::int64_t numbers = x_grid_.count(batch_) + y_grid_.count(batch_);
  const auto fit =
      static_cast<std::int64_t>(window_bytes_ / (static_cast<std::size_t>(numbers) * bytes_of(element_)));
  return std::clamp<std::int64_t>(fit, 1, std::max<std::int64_t>(steps, 1));
}

ConvolutionLayer::Buffers ConvolutionLayer::buffers(std::int64_t window) {
  const auto lay_out = [&](void* memory, Buffers& at) {
    Pieces pieces(memory);
    at.x = pieces.take(static_cast<std::size_t>(x_grid_.count(window * batch_)) * bytes_of(element_));
    at.y = pieces.take(static_cast<std::size_t>(y_grid_.count(window * batch_)) * bytes_of(element_));
    at.kernel_gradient = pieces.floats(layout_.packed_count());
    at.room = pieces.floats(gradient_room(y_grid_, window * batch_, 1));
    at.scale = static_cast<float*>(pieces.take(GradientScale::kBytes));
    return pieces.used();
  };
  Buffers at;
  const std::size_t bytes = lay_out(nullptr, at);
  if (bytes > memory_.bytes()) {
    recordings_.clear();
    memory_ = DeviceMemory();  // first, so that both need not fit
    memory_ = DeviceMemory(device_, bytes);
  }
  lay_out(memory_.data(), at);
  return at;
}

SourceView ConvolutionLayer::source(void* data, const ImageGrid& grid) const {
  SourceView view;
  view.data = data;
  view.pixel = grid.padded;
  view.copies = 1;
  view.first_gate = -1;
  return view;
}

Convolution& ConvolutionLayer::convolution(std::int64_t steps, ConvolutionUse use) {
  ConvolutionShape shape = shape_;
  shape.images = steps * batch_;
  return convolutions_.get(shape, device_->precision, use);
}

template <typename Queue>
void ConvolutionLayer::run(const CallKey& key, std::shared_ptr<const Kernel> kernel, const Queue& queue) {
  const std::size_t workspace = convolutions_.workspace_bytes();
  recordings_.run(device_->stream, key, std::move(kernel), queue);
  // A first run may have moved the memory of the convolutions.
  if (convolutions_.workspace_bytes() != workspace) recordings_.clear();
}

void ConvolutionLayer::forward(const ForwardCall& call) {
  const auto kernel = packed(call.parameters[0]);
  const std::int64_t steps = window(call.steps);
  const Buffers at = buffers(steps);
  CallKey key = key_of(call);
  key.add(call.parameters[0].data[kBias]);
  run(key, kernel, [&] { queue_forward(call, kernel->memory.data(), at, steps); });
}

void ConvolutionLayer::queue_forward(const ForwardCall& call, const void* kernel, const Buffers& at,
                                     std::int64_t window) {
  for (std::int64_t first = 0; first < call.steps; first += window) {
    const std::int64_t steps = std::min(window, call.steps - first);
    PackFrames in{};
    in.from = view_of(call.x, x_grid_.area);
    in.from.data += first * in.from.step;
    in.to = source(at.x, x_grid_);
    in.grid = x_grid_;
    in.batch = batch_;
    pack_frames(device_->stream, in, element_, steps);
    Convolution& convolution = this->convolution(steps, ConvolutionUse::kForward);
    convolution.forward(at.x, kernel, at.y, convolutions_.workspace());
    UnpackFrames out{};
    out.from = source(at.y, y_grid_);
    out.to = view_of(call.y, y_grid_.area);
    out.to.data += first * out.to.step;
    out.grid = y_grid_;
    out.batch = batch_;
    out.bias = call.parameters[0].data[kBias];
    unpack_frames(device_->stream, out, element_, steps);
  }
}

void ConvolutionLayer::backward(const BackwardCall& call) {
  const auto kernel = packed(call.parameters[0]);
  const std::int64_t steps = window(call.steps);
  const Buffers at = buffers(steps);
  run(key_of(call), kernel, [&] { queue_backward(call, kernel->memory.data(), at, steps); });
}

void ConvolutionLayer::queue_backward(const BackwardCall& call, const void* kernel, const Buffers& at,
                                      std::int64_t window) {
  Stream& stream = device_->stream;
  const Gradients& gradients = call.gradients[0];
  const GradientScale chosen(at.scale);
  const float* const scale = element_ == Element::kFloat16 ? chosen.get() : nullptr;
  const bool has_dy = call.dy.data != nullptr;  // else no gradient comes in, so none goes out
  if (scale != nullptr) {
    chosen.begin(stream);
    if (has_dy) chosen.look_at(stream, view_of(call.dy, y_grid_.area), y_grid_, call.steps, batch_);
    chosen.end(stream);
  }
  for (std::int64_t first = 0; first < call.steps; first += window) {
    const std::int64_t steps = std::min(window, call.steps - first);
    if (has_dy) {
      PackFrames in{};
      in.from = view_of(call.dy, y_grid_.area);
      in.from.data += first * in.from.step;
      in.to = source(at.y, y_grid_);
      in.grid = y_grid_;
      in.batch = batch_;
      in.scale = scale;
      pack_frames(stream, in, element_, steps);
    }
    if (has_dy && gradients[kKernel] != nullptr) {
      PackFrames in{};
      in.from = view_of(call.x, x_grid_.area);
      in.from.data += first * in.from.step;
      in.to = source(at.x, x_grid_);
      in.grid = x_grid_;
      in.batch = batch_;
      pack_frames(stream, in, element_, steps);
      Convolution& convolution = this->convolution(steps, ConvolutionUse::kKernelGradient);
      convolution.kernel_gradient(at.x, at.y, at.kernel_gradient, convolutions_.workspace());
      add_kernel_gradient(stream, layout_, at.kernel_gradient, scale, gradients[kKernel]);
    }
    if (has_dy) {
      SlotGradients slots;
      slots.data[0] = at.y;
      slots.pixel[0] = y_grid_.padded;
      slots.element = element_;
      add_bias_gradients(stream, {y_grid_, steps * batch_, scale, at.room}, slots, 1,
                         {gradients[kBias], GateSlots({0})}, {});
    }
    if (call.dx.data == nullptr) continue;
    UnpackFrames out{};
    out.from = source(at.x, x_grid_);
    out.to = view_of(call.dx, x_grid_.area);
    out.to.data += first * out.to.step;
    out.grid = x_grid_;
    out.batch = batch_;
    out.scale = scale;
    if (has_dy) {
      Convolution& convolution = this->convolution(steps, ConvolutionUse::kDataGradient);
      convolution.data_gradient(at.y, kernel, at.x, convolutions_.workspace());
    } else {
      stream.clear(at.x, static_cast<std::size_t>(x_grid_.count(steps * batch_)) * bytes_of(element_));
    }
    unpack_frames(stream, out, element_, steps);
  }
}

}  // namespace convlstm::cuda
