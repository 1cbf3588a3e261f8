#include "composition/bidirectional.h"

#include <utility>

#include "composition/calls.h"

namespace convlstm {
namespace {

// The same places in another dense array. Directions are merged in the order of time, so that strides are
// positive and `data` is where the array begins.
template <typename T>
Frames<T> over(T* data, const Frames<const float>& like) {
  return {data, like.step_stride, like.batch_stride, like.pixel_stride};
}

Frames<const float> as_read(const Frames<float>& frames) {
  return {frames.data, frames.step_stride, frames.batch_stride, frames.pixel_stride};
}

}  // namespace

Bidirectional::Bidirectional(std::shared_ptr<Backend> backend, std::unique_ptr<Executor> forwards,
                             std::unique_ptr<Executor> backwards, const Shape& shape)
    : backend_(std::move(backend)),
      forwards_(std::move(forwards)),
      backwards_(std::move(backwards)),
      shape_(shape),
      outputs_(backend_),
      input_gradient_(backend_) {}

std::size_t Bidirectional::workspace_bytes() const {
  return outputs_.bytes() + input_gradient_.bytes() + forwards_->workspace_bytes() +
         backwards_->workspace_bytes();
}

std::int64_t Bidirectional::y_count(std::int64_t steps) const {
  return (shape_.output == CLN_OUTPUT_LAST ? 1 : steps) * shape_.batch * shape_.hidden_channels * shape_.area;
}

Bidirectional::Reserve Bidirectional::lay_out(const void* memory, std::int64_t steps) const {
  Pieces pieces(const_cast<void*>(memory));  // the backward only reads it
  Reserve reserve{};
  reserve.forwards = pieces.take(forwards_->reserve_bytes(steps));
  reserve.backwards = pieces.take(backwards_->reserve_bytes(steps));
  const std::int64_t outputs = shape_.merge == CLN_MERGE_MUL ? y_count(steps) : 0;
  reserve.y_forwards = pieces.floats(outputs);
  reserve.y_backwards = pieces.floats(outputs);
  reserve.bytes = pieces.used();
  return reserve;
}

std::size_t Bidirectional::reserve_bytes(std::int64_t steps) const {
  return lay_out(nullptr, steps).bytes;
}

void Bidirectional::forward(const ForwardCall& call) {
  const bool keeps = call.reserve != nullptr;
  const Reserve reserve = keeps ? lay_out(call.reserve, call.steps) : Reserve{};
  ForwardCall first = call, second = call;
  first.reserve = keeps ? reserve.forwards : nullptr;
  second.reserve = keeps ? reserve.backwards : nullptr;
  const bool keeps_outputs = keeps && shape_.merge == CLN_MERGE_MUL;
  const std::int64_t count = y_count(call.steps);
  if (concatenates()) {
    second.y = from_channel(call.y, shape_.hidden_channels, shape_.area);
  } else if (keeps_outputs) {
    first.y = over(reserve.y_forwards, as_read(call.y));
    second.y = over(reserve.y_backwards, as_read(call.y));
  } else {
    second.y = over(outputs_.floats(count), as_read(call.y));
  }
  forwards_->forward(first);
  backwards_->forward(reversed(second, shape_.output));
  if (concatenates()) return;

  const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
  if (keeps_outputs) backend_->copy(call.y.data, first.y.data, bytes);
  if (shape_.merge == CLN_MERGE_MUL)
    backend_->multiply(call.y.data, second.y.data, count);
  else
    backend_->add(call.y.data, second.y.data, count);
  if (shape_.merge == CLN_MERGE_AVERAGE) backend_->scale(call.y.data, 0.5f, count);
}

Bidirectional::Split Bidirectional::split(const BackwardCall& call, const Reserve& reserve) {
  if (call.dy.data == nullptr) return {};
  if (concatenates()) return {call.dy, from_channel(call.dy, shape_.hidden_channels, shape_.area)};
  if (shape_.merge == CLN_MERGE_SUM) return {call.dy, call.dy};
  const std::int64_t count = y_count(call.steps);
  const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
  float* const first = outputs_.floats(2 * count);
  backend_->copy(first, call.dy.data, bytes);
  if (shape_.merge == CLN_MERGE_AVERAGE) {
    backend_->scale(first, 0.5f, count);
    return {over<const float>(first, call.dy), over<const float>(first, call.dy)};
  }
  float* const second = first + count;
  backend_->copy(second, call.dy.data, bytes);
  backend_->multiply(first, reserve.y_backwards, count);
  backend_->multiply(second, reserve.y_forwards, count);
  return {over<const float>(first, call.dy), over<const float>(second, call.dy)};
}

void Bidirectional::backward(const BackwardCall& call) {
  const Reserve reserve = lay_out(call.reserve, call.steps);
  const Split dy = split(call, reserve);
  BackwardCall first = call, second = call;
  first.reserve = reserve.forwards;
  second.reserve = reserve.backwards;
  first.dy = dy.forwards;
  second.dy = dy.backwards;
  const std::int64_t dx_count =
      (call.input.end - call.input.begin) * shape_.batch * shape_.input_channels * shape_.input_area;
  if (call.dx.data != nullptr) {
    second.dx = call.dx;
    second.dx.data = input_gradient_.floats(dx_count);
  }
  forwards_->backward(first);
  backwards_->backward(reversed(second, shape_.output));
  if (call.dx.data != nullptr) backend_->add(call.dx.data, second.dx.data, dx_count);
}

}  // namespace convlstm
