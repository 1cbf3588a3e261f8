#include "layer/state.h"

#include "core/checked.h"

namespace convlstm {
namespace {

const RecurrentDesc& recurrent(const Layer& layer) {
  const auto* desc = std::get_if<RecurrentDesc>(&layer.desc());
  if (desc == nullptr)
    fail(CLN_INVALID_ARGUMENT, "layer: expected a recurrent layer, got a convolution, which has no state");
  return *desc;
}

std::size_t bytes_of(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

}  // namespace

bool StateShape::operator==(const StateShape& other) const {
  return cell == other.cell && hidden_channels == other.hidden_channels && input.batch == other.input.batch &&
         input.size == other.input.size;
}

State::State(std::shared_ptr<Context> context, const Layer& layer, const InputShape& shape)
    : context_(std::move(context)), shape_{recurrent(layer).cell, recurrent(layer).hidden_channels, shape} {
  check_at_least("batch", shape.batch, 1);
  check_at_least("size[0]", shape.size.h, 1);
  check_at_least("size[1]", shape.size.w, 1);
  count_ = checked_product("size", {shape.batch, shape_.hidden_channels, shape.size.h, shape.size.w});
  for (std::size_t i = 0; i < kMaxStateParts; ++i)
    parts_.push_back(Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_STATE, count_));
  reset();
}

std::array<float*, kMaxStateParts> State::parts() const {
  std::array<float*, kMaxStateParts> out{};
  for (std::size_t i = 0; i < parts_.size(); ++i) out[i] = parts_[i].floats();
  return out;
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
  check_count("count", count_, count, "N*F*H*W");
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
  const auto text = [](const StateShape& s) {
    std::ostringstream out;
    out << "(N " << s.input.batch << ", F " << s.hidden_channels << ", H " << s.input.size.h << ", W "
        << s.input.size.w << ")";
    return out.str();
  };
  fail(CLN_SHAPE_MISMATCH, name, ": expected a state of ", text(expected), ", got ", text(actual));
}

}  // namespace convlstm
