#include "layer/state.h"

#include <sstream>
#include <string>

#include "core/checked.h"

namespace convlstm {
namespace {

const StackDesc& recurrent(const Layer& layer) {
  const StackDesc* stack = stack_of(layer.desc());
  if (stack == nullptr)
    fail(CLN_INVALID_ARGUMENT, "layer: expected a recurrent layer, got a convolution, which has no state");
  return *stack;
}

std::string size_text(const Size3& size) {
  std::ostringstream out;
  if (size.d != 1) out << "D " << size.d << ", ";
  out << "H " << size.h << ", W " << size.w;
  return out.str();
}

std::size_t bytes_of(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

}  // namespace

StateShape state_shape(const StackDesc& stack, const InputShape& shape) {
  const Size3 size = state_size(stack.bottom, shape.size);
  if (size.d < 1 || size.h < 1 || size.w < 1)
    fail(CLN_SHAPE_MISMATCH, "size: expected sizes that the kernel of the input convolution fits into, got ",
         size_text(shape.size));
  if (stack.has_fixed_size() && !(size == stack.fixed_size))
    fail(CLN_SHAPE_MISMATCH, "size: expected an input that gives the layer's fixed size, ",
         size_text(stack.fixed_size), ", got one that gives ", size_text(size));
  return {stack.bottom.cell, stack.state_parts(), shape.batch, stack.bottom.hidden_channels, size};
}

State::State(std::shared_ptr<Context> context, const Layer& layer, const InputShape& shape)
    : context_(std::move(context)), shape_(state_shape(recurrent(layer), shape)) {
  check_at_least("batch", shape.batch, 1);
  const Size3& size = shape_.size;
  count_ = checked_product("size", {shape.batch, shape_.hidden_channels, size.d, size.h, size.w});
  for (std::int64_t i = 0; i < shape_.parts; ++i) {
    parts_.push_back(Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_STATE, count_));
    views_.push_back(parts_.back().floats());
  }
  reset();
}

void State::reset() {
  for (const Buffer& part : parts_) context_->backend().fill(part.floats(), count_, 0.0f);
}

void State::copy_from(const State& source) {
  if (!context_->same_device(source.context()))
    fail(CLN_INVALID_ARGUMENT, "destination: expected a state on the device of source, got one on another");
  check_state_shape("destination", source.shape_, shape_);
  if (&source == this) return;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    context_->backend().copy(parts_[i].floats(), source.parts_[i].floats(), bytes_of(count_));
}

float* State::part(std::int32_t index, std::int64_t count) const {
  check_range("part", index, 0, part_count() - 1);
  check_count("count", count_, count, "N*F*H'*W'");
  return parts_[static_cast<std::size_t>(index)].floats();
}

void State::upload(std::int32_t index, const float* data, std::int64_t count) {
  context_->backend().copy_in(part(index, count), data, bytes_of(count));
}

void State::download(std::int32_t index, float* data, std::int64_t count) const {
  context_->backend().copy_out(data, part(index, count), bytes_of(count));
}

void check_state_shape(const char* name, const StateShape& expected, const StateShape& actual) {
  if (expected == actual) return;
  if (expected.cell != actual.cell || expected.parts != actual.parts)
    fail(CLN_SHAPE_MISMATCH, name, ": expected a state of the same cells (", expected.parts,
         " parts of cell ", static_cast<int>(expected.cell), "), got ", actual.parts, " parts of cell ",
         static_cast<int>(actual.cell));
  const auto text = [](const StateShape& s) {
    std::ostringstream out;
    out << "(N " << s.batch << ", F " << s.hidden_channels << ", " << size_text(s.size) << ")";
    return out.str();
  };
  fail(CLN_SHAPE_MISMATCH, name, ": expected a state of ", text(expected), ", got ", text(actual));
}

}  // namespace convlstm
