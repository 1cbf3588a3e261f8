#include "composition/zigzag_stack.h"

#include <numeric>
#include <utility>

#include "composition/calls.h"

namespace convlstm {
namespace {

std::vector<std::size_t> all_of(std::size_t parts) {
  std::vector<std::size_t> places(parts);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

constexpr StepRange kOneStep{0, 1};

}  // namespace

ZigzagStack::ZigzagStack(const std::shared_ptr<Backend>& backend,
                         std::vector<std::unique_ptr<Executor>> layers, const Shape& shape)
    : layers_(std::move(layers)),
      shape_(shape),
      state_(backend, all_of(shape.parts), shape.parts, shape.batch * shape.channels * shape.area),
      memory_(backend) {}

std::size_t ZigzagStack::workspace_bytes() const {
  std::size_t bytes = memory_.bytes() + state_.bytes();
  for (const auto& layer : layers_) bytes += layer->workspace_bytes();
  return bytes;
}

std::size_t ZigzagStack::step_bytes(std::size_t layer) const {
  Pieces pieces;
  pieces.take(layers_[layer]->reserve_bytes(1));
  if (layer + 1 < layers_.size()) pieces.floats(output_count());
  return pieces.used();
}

std::size_t ZigzagStack::reserve_bytes(std::int64_t steps) const {
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < layers_.size(); ++k) bytes += step_bytes(k);
  return bytes * static_cast<std::size_t>(steps);
}

ZigzagStack::Kept ZigzagStack::kept(const void* reserve, std::int64_t t, std::size_t layer) const {
  std::size_t before = 0, all = 0;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    if (k == layer) before = all;
    all += step_bytes(k);
  }
  char* const memory = static_cast<char*>(const_cast<void*>(reserve));  // the backward only reads it
  Pieces pieces(memory + static_cast<std::size_t>(t) * all + before);
  void* const kept = pieces.take(layers_[layer]->reserve_bytes(1));
  return {kept, layer + 1 < layers_.size() ? pieces.floats(output_count()) : nullptr};
}

template <typename T>
Frames<T> ZigzagStack::between(T* data) const {
  return dense_frames(data, shape_.batch, shape_.channels, shape_.area);
}

void ZigzagStack::forward(const ForwardCall& call) {
  const bool keeps = call.reserve != nullptr;
  float* const turns = keeps ? nullptr : memory_.floats(2 * output_count());
  state_.load(call.initial);
  for (std::int64_t t = 0; t < call.steps; ++t) {
    ForwardCall step = segment(call, {t, t + 1}, shape_.output);
    const Frames<float> y = step.y;
    step.initial = state_.read_parts();
    step.final = state_.parts();
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      const Kept kept = keeps ? this->kept(call.reserve, t, k) : Kept{};
      const bool is_top = k + 1 == layers_.size();
      float* const output = is_top  ? nullptr
                            : keeps ? kept.output
                                    : turns + static_cast<std::int64_t>(k % 2) * output_count();
      step.reserve = kept.layer;
      step.y = is_top ? y : between(output);
      layers_[k]->forward(step);
      step.x = between<const float>(output);
      step.input = kOneStep;
    }
  }
  state_.store(call.final);
}

void ZigzagStack::backward(const BackwardCall& call) {
  float* const turns = memory_.floats(2 * output_count());
  state_.load(call.dfinal);
  for (std::int64_t t = call.steps - 1; t >= 0; --t) {
    const BackwardCall bottom = segment(call, {t, t + 1}, shape_.output);
    BackwardCall step = bottom;
    step.dfinal = state_.read_parts();
    step.dinitial = state_.parts();
    for (std::size_t k = layers_.size(); k-- > 0;) {
      step.reserve = kept(call.reserve, t, k).layer;
      step.x = bottom.x;
      step.input = bottom.input;
      step.dx = bottom.dx;
      if (k > 0) {
        step.x = between<const float>(kept(call.reserve, t, k - 1).output);
        step.input = kOneStep;
        step.dx = between(turns + static_cast<std::int64_t>(k % 2) * output_count());
      }
      layers_[k]->backward(step);
      step.dy = {step.dx.data, step.dx.step_stride, step.dx.batch_stride, step.dx.pixel_stride};
    }
  }
  state_.store(call.dinitial);
}

}  // namespace convlstm
