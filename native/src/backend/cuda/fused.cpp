#include "backend/cuda/fused.h"

#include <algorithm>
#include <limits>

namespace convlstm::cuda {

Verdict Fused::supports(const RecurrentDesc& desc, const InputShape& shape) {
  if (desc.cell != CLN_CELL_CONV_LSTM) return {"its cell is not a ConvLSTM"};
  if (desc.normalization != CLN_NORMALIZATION_NONE) return {"it normalizes its sums"};
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const Size3 grid = state_size(desc, shape.size);
  // Offsets of kernel elements and numbers of vectors are added to those of pixels in 32 bits.
  const auto reach = [](const Size3& kernel, const Size3& dilation) {
    return std::max({kernel.d * dilation.d, kernel.h * dilation.h, kernel.w * dilation.w});
  };
  if (shape.batch * std::max(grid.area(), shape.size.area()) > kMost / 4)
    return {"its batch has 2^29 pixels or more"};
  if (std::max(reach(desc.input.kernel, desc.input.dilation),
               reach(desc.recurrent_kernel, desc.recurrent_dilation)) > kMost / 4)
    return {"its kernels reach over 2^29 pixels or more"};
  if (desc.input.kernel.area() * (desc.input_channels + 8) > kMost / 4 ||
      desc.recurrent_kernel.area() * (desc.hidden_channels + 8) > kMost / 4)
    return {"its kernels have rows of 2^29 numbers or more"};
  if (desc.hidden_channels > 65535 * kGroupChannels) return {"it has more than 524280 hidden channels"};
  return {};
}

Fused::Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
             std::optional<FusedForm> form, const StepwiseLimits& limits)
    : layer_(device, desc, shape),
      training_(device, desc, shape, limits),
      form_(form ? *form : best_form(*device, desc, shape)),
      row_limit_(limits.backward),
      forward_(make_forward(layer_, form_, true)) {
  if (form && std::holds_alternative<FusedCut>(*form)) tile_ = std::get<FusedCut>(*form).tile;
}

std::size_t Fused::workspace_bytes() const {
  return memory_.bytes() + forward_->bytes() + training_.workspace_bytes() +
         (backward_ != nullptr ? backward_->workspace_bytes() : 0);
}

bool Fused::drops(const SequenceCall& call) const {
  return call.dropout.is_active && (layer_.desc.input_dropout > 0 || layer_.desc.recurrent_dropout > 0);
}

// What is kept of a training forward.
StepwiseTape Fused::tape(std::int64_t steps, void* reserve) const {
  return make_tape(layer_.desc, layer_.plan, layer_.sizes, steps, steps, true).over(reserve, nullptr);
}

void Fused::backward(const BackwardCall& call) {
  if (drops(call)) return training_.backward(call);
  if (backward_ == nullptr) backward_ = std::make_unique<FusedBackward>(layer_, tile_, row_limit_);
  backward_->run(call, tape(call.steps, const_cast<void*>(call.reserve)));  // only read from here on
}

void Fused::forward(const ForwardCall& call) {
  if (drops(call)) return training_.forward(call);
  const ParameterViews& parameters = call.parameters[0];
  const auto weights =
      FusedWeights::of(parameters, layer_.device, forward_->packing(), tables_of(layer_, parameters));
  weights->refresh(parameters);
  std::optional<StepwiseTape> tape;
  if (call.reserve != nullptr) tape = this->tape(call.steps, call.reserve);
  const auto arrays = [&](void* memory) {
    return FusedArrays(layer_, FusedUse(call), tape ? &*tape : nullptr, memory, forward_->own_x_bytes());
  };
  reserve(memory_, layer_.device, arrays(nullptr).bytes, recordings_);
  const FusedArrays own = arrays(memory_.data());
  recordings_.run(layer_.device->stream, key_of(call), weights, [&] {
    queue({layer_, call, own, *weights});
  });
}

void Fused::queue(const FusedSequence& sequence) {
  const std::int64_t steps = sequence.call.steps, window = sequence.arrays.window;
  sequence.load_states();
  for (std::int64_t begin = 0; begin < steps; begin += window) {
    const StepRange range{begin, std::min(begin + window, steps)};
    sequence.pack_input(range);
    forward_->pack_input(sequence, range);
    forward_->run(sequence, range);
  }
  sequence.store_cell();
}

}  // namespace convlstm::cuda
