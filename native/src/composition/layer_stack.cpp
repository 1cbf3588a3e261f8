#include "composition/layer_stack.h"

#include <utility>

#include "composition/calls.h"

namespace convlstm {

LayerStack::LayerStack(const std::shared_ptr<Backend>& backend, std::vector<std::unique_ptr<Executor>> layers,
                       std::int64_t batch, std::int64_t channels, std::int64_t area)
    : layers_(std::move(layers)), batch_(batch), channels_(channels), area_(area), memory_(backend) {}

std::size_t LayerStack::workspace_bytes() const {
  std::size_t bytes = memory_.bytes();
  for (const auto& layer : layers_) bytes += layer->workspace_bytes();
  return bytes;
}

LayerStack::Reserve LayerStack::lay_out(const void* memory, std::int64_t steps) const {
  Pieces pieces(const_cast<void*>(memory));  // the backward only reads it
  Reserve reserve{};
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    reserve.layers.push_back(pieces.take(layers_[k]->reserve_bytes(steps)));
    if (k + 1 < layers_.size()) reserve.outputs.push_back(pieces.floats(output_count(steps)));
  }
  reserve.bytes = pieces.used();
  return reserve;
}

std::size_t LayerStack::reserve_bytes(std::int64_t steps) const {
  return lay_out(nullptr, steps).bytes;
}

template <typename T>
Frames<T> LayerStack::between(T* data) const {
  return dense_frames(data, batch_, channels_, area_);
}

void LayerStack::forward(const ForwardCall& call) {
  const bool keeps = call.reserve != nullptr;
  const Reserve reserve = keeps ? lay_out(call.reserve, call.steps) : Reserve{};
  float* const turns = keeps ? nullptr : memory_.floats(2 * output_count(call.steps));
  ForwardCall layer_call = call;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    layer_call.reserve = keeps ? reserve.layers[k] : nullptr;
    const bool is_top = k + 1 == layers_.size();
    float* const output = is_top  ? nullptr
                          : keeps ? reserve.outputs[k]
                                  : turns + static_cast<std::int64_t>(k % 2) * output_count(call.steps);
    layer_call.y = is_top ? call.y : between(output);
    layers_[k]->forward(layer_call);
    layer_call.x = between<const float>(output);
    layer_call.input = {0, call.steps};
  }
}

void LayerStack::backward(const BackwardCall& call) {
  const Reserve reserve = lay_out(call.reserve, call.steps);
  float* const turns = memory_.floats(2 * output_count(call.steps));
  BackwardCall layer_call = call;
  for (std::size_t k = layers_.size(); k-- > 0;) {
    layer_call.reserve = reserve.layers[k];
    if (k > 0) {
      float* const gradient = turns + static_cast<std::int64_t>(k % 2) * output_count(call.steps);
      layer_call.x = between<const float>(reserve.outputs[k - 1]);
      layer_call.input = {0, call.steps};
      layer_call.dx = between(gradient);
      layers_[k]->backward(layer_call);
      layer_call.dy = between<const float>(gradient);
    } else {
      layer_call.x = call.x;
      layer_call.input = call.input;
      layer_call.dx = call.dx;
      layers_[k]->backward(layer_call);
    }
  }
}

}  // namespace convlstm
