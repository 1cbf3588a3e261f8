#include "backend/cuda/stepwise_forward.h"

#include <algorithm>

#include "backend/cuda/joined_sums.h"

namespace convlstm::cuda {

void StepwiseForward::queue() {
  load_states();
  for (std::int64_t begin = 0; begin < call_.steps; begin += window_) {
    const StepRange steps{begin, std::min(begin + window_, call_.steps)};
    run_input(steps);
    for (std::int64_t t = steps.begin; t < steps.end; ++t) run_step(t);
  }
  store_states();
}

void StepwiseForward::load_states() {
  const auto load = [&](std::size_t part, float* to, Source of) {
    LoadState work{};
    work.from = part_of(forward_.initial, part);
    work.to = to;
    for (const StepConvolution& c : layer_.plan.convolutions)
      if (c.plan.source == of) work.sources[work.source_count++] = source(c, 0);
    work.grid = grid_;
    work.drop = drop(of);
    load_state(stream_, work, element_, batch_);
  };
  load(kHidden, tape_.hidden.slots > 0 ? tape_.hidden.floats(0) : nullptr, kFromHidden);
  if (tape_.cell.slots > 0) load(kCell, tape_.cell.floats(0), kSourceCount);
  if (tape_.memory.slots > 0) load(kMemory, tape_.memory.floats(0), kFromMemory);
}

void StepwiseForward::run_input(StepRange steps) {
  const StepRange inputs = input_of(steps);
  const std::int64_t count = inputs.end - inputs.begin;
  for (std::size_t c = 0; c < layer_.plan.convolutions.size() && count > 0; ++c) {
    const StepConvolution& convolution = layer_.plan.convolutions[c];
    if (convolution.plan.source != kFromInput) continue;
    PackFrames work{};
    work.from = view_of(call_.x, layer_.sizes.input.area);
    work.from.data += inputs.begin * work.from.step;
    work.to = source(convolution, inputs.begin);
    work.grid = layer_.sizes.input;
    work.drop = drop(kFromInput);
    work.batch = batch_;
    if (call_.mask.active != nullptr) work.active = call_.mask.active + inputs.begin * call_.mask.step_stride;
    work.mask_step = call_.mask.step_stride;
    work.mask_batch = call_.mask.batch_stride;
    pack_frames(stream_, work, element_, count);
    convolve(c, inputs.begin, count);
  }
}

// Steps [t, t + steps) at once.
void StepwiseForward::convolve(std::size_t index, std::int64_t t, std::int64_t steps) {
  const StepConvolution& c = layer_.plan.convolutions[index];
  const SourceView from = source(c, t);
  const RowsView to = sums(index, t);
  for_gates(c, steps * batch_, [&](int gate, const ConvolutionShape& shape) {
    Convolution& convolution = this->convolution(shape, ConvolutionUse::kForward);
    convolution.forward(static_cast<const char*>(from.data) + element_bytes(gate * from.copy),
                        kernel(c, gate), static_cast<char*>(to.data) + element_bytes(gate * to.gate),
                        layer_.convolutions.workspace());
  });
  if (c.norm != kNone)
    take_moments(stream_, to, norm(c.norm, t), grid_, steps * batch_, layer_.desc.norm_epsilon);
}

void StepwiseForward::run_step(std::int64_t t) {
  for (std::size_t index = 0; index < layer_.plan.stages.size(); ++index) {
    const StepStage& stage = layer_.plan.stages[index];
    for (const std::size_t c : stage.convolutions)
      if (layer_.plan.convolutions[c].plan.source != kFromInput) convolve(c, t, 1);
    if (stage.norm != kNone) join(stage, index, t);
    run_pointwise(stage, index, t);
  }
}

StageSum StepwiseForward::sum_of(int slot, std::int64_t t, ForwardStage* norms, int* norm_count) const {
  StageSum sum;
  int terms = 0;
  for (std::size_t index = 0; index < layer_.plan.convolutions.size(); ++index) {
    const StepConvolution& c = layer_.plan.convolutions[index];
    const auto found = std::find(c.plan.slots.begin(), c.plan.slots.end(), slot);
    if (found == c.plan.slots.end() || (c.plan.source == kFromInput && !has_input(t))) continue;
    const auto gate = static_cast<int>(found - c.plan.slots.begin());
    const RowsView rows = sums(index, t);
    StageTerm& term = sum.terms[terms++];
    term.data = static_cast<const char*>(rows.data) + element_bytes(gate * rows.gate);
    term.pixel = rows.pixel;
    if (c.norm == kNone) continue;
    const NormView view = norm(c.norm, t);
    int place = 0;
    while (place < *norm_count && norms->norms[place].moments != view.moments) ++place;
    if (place == *norm_count) norms->norms[(*norm_count)++] = view;
    term.norm = static_cast<std::int8_t>(place);
    term.gate = static_cast<std::int8_t>(gate);
  }
  return sum;
}

void StepwiseForward::join(const StepStage& stage, std::size_t index, std::int64_t t) {
  JoinedSums work{};
  for (int k = 0; k < stage.plan.slots; ++k) {
    work.sums[k] = sum_of(stage.plan.first_slot + k, t, nullptr, nullptr);
    work.sums[k].bias = weights_.norm_offset(stage.plan.first_slot + k);
  }
  work.to = {tape_.joined[index].at(t), grid_.padded, stage.plan.slots * grid_.padded, Element::kFloat32};
  work.grid = grid_;
  work.gates = stage.plan.slots;
  join_sums(stream_, work, element_, batch_);
  take_moments(stream_, work.to, norm(stage.norm, t), grid_, batch_, layer_.desc.norm_epsilon);
}

// Where convolutions read what a stage wrote.
void StepwiseForward::add_sources(StageWrite& write, const Operand& operand, std::int64_t t) const {
  for (const StepConvolution& c : layer_.plan.convolutions) {
    const bool is_after = operand.array == Array::kAfter;
    const bool is_reset = operand.array == Array::kSlot && operand.index == kResetSlot;
    SourceView view;
    if (is_after && ((c.plan.source == kFromHidden && operand.index == kHidden) ||
                     (c.plan.source == kFromMemory && operand.index == kMemory)))
      view = source(c, t + 1);
    else if (is_reset && c.plan.source == kFromReset)
      view = source(c, t);
    // Two convolutions read [c', m'], which is written once.
    else if (is_after && operand.index != kHidden && c.plan.source == kFromCells &&
             c.plan.kernel == kOutputKernel) {
      view = source(c, t);
      if (operand.index == kMemory) view.data = static_cast<char*>(view.data) + element_bytes(grid_.padded);
    } else
      continue;
    write.sources[write.source_count++] = view;
  }
}

void StepwiseForward::run_pointwise(const StepStage& stage, std::size_t index, std::int64_t t) {
  const PointwisePlan& plan = stage.plan.forward;
  ForwardStage work{};
  fill_common(work, t);
  int norms = 0;
  if (stage.norm != kNone) work.norms[norms++] = norm(stage.norm, t);
  for (std::size_t k = 0; k < plan.reads.size(); ++k) {
    const Operand& operand = plan.reads[k];
    if (operand.array != Array::kSum) {
      work.reads[k] = array(operand, t);
      continue;
    }
    StageSum& sum = work.sums[work.sum_count++];
    if (stage.norm != kNone) {
      const int gate = operand.index - stage.plan.first_slot;
      const std::size_t offset = static_cast<std::size_t>(gate) * static_cast<std::size_t>(grid_.padded);
      sum.terms[0] = {tape_.joined[index].floats(t) + offset, stage.plan.slots * grid_.padded, 0,
                      static_cast<std::int8_t>(gate), true};
    } else {
      sum = sum_of(operand.index, t, &work, &norms);
    }
    sum.bias = weights_.bias(operand.index);
  }
  for (std::size_t k = 0; k < plan.writes.size(); ++k) {
    const Operand& operand = plan.writes[k];
    StageWrite& write = work.writes[k];
    write.array = array(operand, t);
    add_sources(write, operand, t);
    if (operand.array != Array::kAfter) continue;
    write.before = array({Array::kBefore, operand.index}, t);
    if (operand.index != kHidden) continue;
    // Without a copy of h in float32 it is written to the source alone.
    if (tape_.hidden.slots == 0) write.array = {};
    work.h_write = static_cast<int>(k);
    if (t + 1 == call_.steps)
      work.final = dense_view(part_of(forward_.final, kHidden), grid_.channels, grid_.area);
    if (forward_.y.data == nullptr || !writes_y(t)) continue;
    work.y = view_of(forward_.y, grid_.area);
    work.y.data += y_step(t) * work.y.step;
  }
  run_stage(stream_, plan.stage, element_, batch_, work);
}

// h went out with the last step.
void StepwiseForward::store_states() {
  for (const std::size_t part : {kCell, kMemory}) {
    StoreState work{};
    work.to = part_of(forward_.final, part);
    if (work.to == nullptr || (part == kCell ? tape_.cell : tape_.memory).slots == 0) continue;
    work.from = (part == kCell ? tape_.cell : tape_.memory).floats(call_.steps);
    work.grid = grid_;
    store_state(stream_, work, element_, batch_);
  }
}

}  // namespace convlstm::cuda
