#include "backend/cuda/stepwise_call.h"

#include <algorithm>

namespace convlstm::cuda {

StepRange StepwiseCall::input_of(StepRange steps) const {
  if (call_.x.data == nullptr) return {steps.begin, steps.begin};
  const std::int64_t begin = std::max(steps.begin, call_.input.begin);
  return {begin, std::max(begin, std::min(steps.end, call_.input.end))};
}

DropView StepwiseCall::drop(Source source) const {
  if (!is_dropped(source)) return {};
  return {seed_, layer_.plan.rates[source], source == kFromInput ? dropout::kInput : dropout::kRecurrent};
}

SourceView StepwiseCall::source(const StepConvolution& c, std::int64_t t) const {
  const TapePart& part = tape_.sources[c.plan.source];
  const bool dropped = is_dropped(c.plan.source);
  SourceView view;
  view.data = part.at(t);
  view.copy = static_cast<std::int64_t>(part.step / bytes_of(element_)) * part.slots;
  view.pixel = c.plan.source == kFromInput   ? layer_.sizes.input.padded
               : c.plan.source == kFromCells ? 2 * grid_.padded
                                             : grid_.padded;
  view.copies = static_cast<std::int16_t>(dropped ? c.gates : 1);
  view.first_gate = static_cast<std::int16_t>(dropped ? c.plan.first_gate : -1);
  return view;
}

RowsView StepwiseCall::sums(std::size_t c, std::int64_t t) const {
  const StepConvolution& convolution = layer_.plan.convolutions[c];
  const TapePart& part = tape_.sums[c];
  RowsView rows;
  rows.element = element_;
  if (!is_dropped(convolution.plan.source)) {
    rows.data = part.at(t);
    rows.gate = grid_.padded;
    rows.pixel = convolution.gates * grid_.padded;
    return rows;
  }
  const std::int64_t slot = layer_.sizes.slot_count();
  rows.data = part.data + element_bytes(t % part.slots * slot);
  rows.gate = part.slots * slot;
  rows.pixel = grid_.padded;
  return rows;
}

NormView StepwiseCall::norm(std::size_t norm, std::int64_t t) const {
  const StepNorm& of = layer_.plan.norms[norm];
  NormView view;
  view.moments = reinterpret_cast<Moments*>(tape_.moments[norm].at(t));
  view.scale = weights_.table(of.scale, of.first_row);
  view.shift = weights_.table(of.scale + 1, of.first_row);
  view.pixel =
      of.scale == kNormScale ? 0 : static_cast<std::int32_t>(weights_.table_rows(of.scale)) * grid_.padded;
  view.groups = of.groups;
  view.group_rows = of.group_rows;
  return view;
}

StageArray StepwiseCall::state(int part, std::int64_t t) const {
  if (part == kCell) return floats(tape_.cell.at(t));
  if (part == kMemory) return floats(tape_.memory.at(t));
  if (tape_.hidden.slots > 0) return floats(tape_.hidden.at(t));
  StageArray source = floats(tape_.sources[kFromHidden].at(t));
  source.kept = Kept::kElement;
  return source;
}

StageArray StepwiseCall::array(const Operand& operand, std::int64_t t) const {
  switch (operand.array) {
    case Array::kSlot:
      return operand.index == kResetSlot ? StageArray{} : floats(tape_.opened.at(0));
    case Array::kBefore:
      return state(operand.index, t);
    case Array::kAfter:
      return state(operand.index, t + 1);
    case Array::kGate:
    case Array::kUnitGate: {
      if (tape_.gates.slots == 0) return {};
      const bool is_half = layer_.sizes.halves_gates;
      const std::size_t slot =
          static_cast<std::size_t>(layer_.sizes.slot_count()) * (is_half ? 2 : sizeof(float));
      StageArray gate = floats(tape_.gates.at(t) + static_cast<std::size_t>(operand.index) * slot);
      if (is_half) gate.kept = operand.array == Array::kGate ? Kept::kBfloat16 : Kept::kUnit16;
      return gate;
    }
    case Array::kPeephole: {
      if (layer_.desc.peephole == CLN_PEEPHOLE_NONE) return {};
      const bool per_pixel = layer_.desc.peephole == CLN_PEEPHOLE_PER_PIXEL;
      const auto rows = static_cast<std::int32_t>(weights_.table_rows(kPeephole));
      auto* table = const_cast<float*>(weights_.table(kPeephole, operand.index));  // only read
      return {table, 0, per_pixel ? rows * grid_.padded : 0, Kept::kFloat32};
    }
    default:
      return {};
  }
}

void StepwiseCall::fill_common(StageCommon& work, std::int64_t t) const {
  work.grid = grid_;
  work.math = {layer_.desc.gate_activation, layer_.desc.cell_activation, layer_.desc.cell_clip};
  const StepMask& mask = call_.mask;
  work.active = mask.active != nullptr ? mask.active + t * mask.step_stride : nullptr;
  work.emits = mask.emits != nullptr ? mask.emits + t * mask.step_stride : nullptr;
  work.mask_stride = mask.batch_stride;
  work.drop = drop(kFromHidden);
}

}  // namespace convlstm::cuda
