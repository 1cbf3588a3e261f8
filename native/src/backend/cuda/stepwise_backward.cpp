#include "backend/cuda/stepwise_backward.h"

#include <algorithm>

#include "backend/cuda/pieces.h"

namespace convlstm::cuda {
namespace {

// Stages that give back nothing but zeros: h goes on through convolutions alone.
bool is_always_zero(PointwiseStage stage, const Operand& operand) {
  return operand.index == kHidden && (stage == kLstmBackward || stage == kStOutputBackward);
}

}  // namespace

StepwiseBackward::StepwiseBackward(StepwiseLayer& layer, const PackedWeights& weights,
                                   const StepwiseTape& tape, const std::uint64_t* seed, std::int64_t window,
                                   const BackwardCall& call)
    : StepwiseCall(layer, weights, tape, seed, call), backward_(call), window_(window) {}

std::size_t StepwiseBackward::take_memory(void* memory) {
  Pieces pieces(memory);
  const StepwisePlan& plan = layer_.plan;
  const std::int64_t slot = layer_.sizes.slot_count();
  const std::int64_t parts = tape_.memory.slots > 0 ? 3 : tape_.cell.slots > 0 ? 2 : 1;
  for (std::int64_t part = 0; part < parts; ++part) states_[part].base = pieces.floats(slot);
  row_sets_.clear();
  for (const RowSet& set : row_sets())
    row_sets_.push_back(
        pieces.take(element_bytes(window_ * slot * static_cast<std::int64_t>(set.slots.size()))));
  source_gradients_.clear();
  std::int64_t most_kernel = 0, most_means = 0;
  for (const StepConvolution& c : plan.convolutions) {
    const KernelLayout& kernel = weights_.layout(c.plan.kernel);
    most_kernel = std::max(most_kernel, c.gates * kernel.padded * kernel.packed_row());
    const std::int64_t copies = is_dropped(c.plan.source) ? c.gates : 1;
    const bool is_input = c.plan.source == kFromInput;
    if (is_input)
      input_gradient_ = pieces.take(element_bytes(
          backward_.dx.data != nullptr ? window_ * copies * layer_.sizes.input.count(batch_) : 0));
    const std::int64_t read = is_input ? 0 : c.plan.source == kFromCells ? 2 * slot : slot;
    source_gradients_.push_back(pieces.take(element_bytes(copies * read)));
  }
  kernel_gradient_ = pieces.floats(most_kernel);
  for (const StepNorm& norm : plan.norms) most_means = std::max(most_means, batch_ * norm.groups);
  if (is_normalized()) slot_gradients_ = pieces.floats(window_ * plan.cell.slots * slot);
  means_ =
      static_cast<GradientMeans*>(pieces.take(static_cast<std::size_t>(most_means) * sizeof(GradientMeans)));
  room_ = pieces.floats(gradient_room(grid_, window_ * batch_, kMaxGates));
  scale_ = GradientScale(static_cast<float*>(pieces.take(GradientScale::kBytes)));
  return pieces.used();
}

void StepwiseBackward::queue() {
  choose_scale();
  load_states();
  for (std::int64_t end = call_.steps; end > 0; end = first_) {
    first_ = std::max<std::int64_t>(end - window_, 0);
    for (std::int64_t t = end - 1; t >= first_; --t) run_step(t);
    end_window({first_, end});
  }
  store_states();
}

void StepwiseBackward::choose_scale() {
  if (scale() == nullptr) return;
  scale_.begin(stream_);
  if (backward_.dy.data != nullptr)
    scale_.look_at(stream_, view_of(backward_.dy, grid_.area), grid_,
                   layer_.desc.output == CLN_OUTPUT_LAST ? 1 : call_.steps, batch_);
  for (std::size_t part = 0; part < kMaxStateParts; ++part)
    if (const float* from = part_of(backward_.dfinal, part))
      scale_.look_at(stream_, from, batch_ * grid_.channels * grid_.area);
  scale_.end(stream_);
}

void StepwiseBackward::load_states() {
  for (std::size_t part = 0; part < kMaxStateParts; ++part) {
    StateGradient& state = states_[part];
    state.has_base = false;
    state.pending.clear();
    LoadState work{};
    work.from = part_of(backward_.dfinal, part);
    if (work.from == nullptr || state.base == nullptr) continue;
    work.to = state.base;
    work.grid = grid_;
    work.scale = scale();
    load_state(stream_, work, element_, batch_);
    state.has_base = true;
  }
}

void StepwiseBackward::store_states() {
  for (std::size_t part = 0; part < kMaxStateParts; ++part) {
    const StateGradient& state = states_[part];
    StoreState work{};
    work.to = part_of(backward_.dinitial, part);
    if (work.to == nullptr || state.base == nullptr) continue;
    work.from = state.has_base ? state.base : nullptr;
    for (const SourceView& source : state.pending) work.sources[work.source_count++] = source;
    work.grid = grid_;
    work.drop = drop(kFromHidden);
    work.scale = scale();
    store_state(stream_, work, element_, batch_);
  }
}

SourceView StepwiseBackward::rows(std::size_t set, int gate, std::int64_t in_window) const {
  const RowSet& of = row_sets()[set];
  const auto gates = static_cast<std::int64_t>(of.slots.size());
  const std::int64_t slot = layer_.sizes.slot_count();
  const std::int64_t offset = of.is_planar
                                  ? (gate * window_ + in_window) * slot
                                  : in_window * gates * slot + static_cast<std::int64_t>(gate) * grid_.padded;
  SourceView view;
  view.data = static_cast<char*>(row_sets_[set]) + element_bytes(offset);
  view.pixel = of.is_planar ? grid_.padded : static_cast<std::int32_t>(gates) * grid_.padded;
  view.copies = 1;
  view.first_gate = -1;
  return view;
}

RowsView StepwiseBackward::slot_gradients(std::int64_t in_window) const {
  const std::int32_t pixel = layer_.plan.cell.slots * grid_.padded;
  return RowsView{slot_gradients_, grid_.padded, pixel, Element::kFloat32}.from(in_window * batch_,
                                                                                grid_.area);
}

void StepwiseBackward::run_step(std::int64_t t) {
  takes_dy_ = backward_.dy.data != nullptr && writes_y(t);
  const std::vector<StepStage>& stages = layer_.plan.stages;
  for (std::size_t index = stages.size(); index-- > 0;) {
    const StepStage& stage = stages[index];
    run_pointwise(stage, t);
    run_norms(stage, index, t);
    for (const std::size_t c : stage.convolutions)
      if (layer_.plan.convolutions[c].plan.source != kFromInput) convolve(c, t);
  }
}

StepwiseBackward::StateGradient& StepwiseBackward::gradient_of(const Operand& operand) {
  return operand.array == Array::kResetGradient ? reset_ : states_[operand.index];
}

void StepwiseBackward::run_pointwise(const StepStage& stage, std::int64_t t) {
  const PointwisePlan& plan = stage.plan.backward;
  BackwardStage work{};
  fill_common(work, t);
  work.scale = scale();
  if (takes_dy_) {
    work.dy = view_of(backward_.dy, grid_.area);
    work.dy.data += y_step(t) * work.dy.step;
  }
  const Operand* bound[kMaxStageGradients] = {};
  int gradients = 0;
  for (std::size_t k = 0; k < plan.reads.size(); ++k) {
    const Operand& operand = plan.reads[k];
    const bool is_state = operand.array == Array::kStateGradient;
    if (!is_state && operand.array != Array::kResetGradient) {
      work.reads[k] = array(operand, t);
      continue;
    }
    const StateGradient& from = gradient_of(operand);
    StageGradient& gradient = work.gradients[gradients];
    if (from.has_base) gradient.base = floats(from.base);
    for (const SourceView& source : from.pending) gradient.sources[gradient.source_count++] = source;
    gradient.takes_dy = is_state && operand.index == kHidden && takes_dy_;
    work.reads[k].kept = Kept::kGradient;
    work.reads[k].image = gradients;
    bound[gradients++] = &operand;
  }
  for (std::size_t k = 0; k < plan.writes.size(); ++k) {
    const Operand& operand = plan.writes[k];
    bind_write(work.writes[k], operand, stage, t);
    if (operand.array != Array::kStateGradient) continue;
    for (int g = 0; g < gradients; ++g)
      if (bound[g]->array == operand.array && bound[g]->index == operand.index)
        work.writes[k].gradient = static_cast<std::int8_t>(g);
  }
  run_stage(stream_, plan.stage, element_, batch_, work);
  for (int g = 0; g < gradients; ++g) {
    gradient_of(*bound[g]).pending.clear();
    if (work.gradients[g].takes_dy) takes_dy_ = false;
  }
  for (std::size_t k = 0; k < plan.writes.size(); ++k)
    if (plan.writes[k].array == Array::kStateGradient)
      gradient_of(plan.writes[k]).has_base = work.writes[k].array.data != nullptr;
}

void StepwiseBackward::bind_write(StageWrite& write, const Operand& operand, const StepStage& stage,
                                  std::int64_t t) {
  if (operand.array == Array::kStateGradient) {
    if (call_.mask.active != nullptr || !is_always_zero(stage.plan.backward.stage, operand))
      write.array = floats(states_[operand.index].base);
    return;
  }
  if (operand.array != Array::kSlotGradient) return;  // gradients of peepholes are made of those by slots
  const int slot = operand.index;
  const std::int64_t in_window = t - first_;
  if (is_normalized()) {
    const RowsView to = slot_gradients(in_window);
    write.array = {static_cast<float*>(to.data) + slot * grid_.padded,
                   static_cast<std::int64_t>(grid_.area) * to.pixel, to.pixel, Kept::kFloat32};
  }
  if (stage.norm != kNone) return;
  std::vector<bool> is_own(row_sets().size(), false);  // of a convolution with a normalization of its own
  for (const StepConvolution& c : layer_.plan.convolutions)
    if (c.norm != kNone) is_own[c.rows[call_.dropout.is_active]] = true;
  for (std::size_t set = 0; set < row_sets().size(); ++set) {
    const int gate = row_sets()[set].gate_of(slot);
    if (gate >= 0 && !is_own[set]) write.sources[write.source_count++] = rows(set, gate, in_window);
  }
}

void StepwiseBackward::run_norm(std::size_t index, const RowsView& raw, const RowsTargets& targets,
                                std::int64_t t) {
  const StepNorm& of = layer_.plan.norms[index];
  const NormGradient work{raw, slot_gradients(t - first_), norm(index, t), means_, grid_, of.gates};
  run_norm_gradient(stream_, work, targets, element_, batch_);
}

void StepwiseBackward::run_norms(const StepStage& stage, std::size_t index, std::int64_t t) {
  if (stage.norm != kNone) {
    RowsTargets targets;
    for (int k = 0; k < stage.plan.slots; ++k)
      for (std::size_t set = 0; set < row_sets().size(); ++set)
        if (const int gate = row_sets()[set].gate_of(stage.plan.first_slot + k); gate >= 0)
          targets.to[k][targets.count[k]++] = rows(set, gate, t - first_);
    const RowsView raw{tape_.joined[index].at(t), grid_.padded, stage.plan.slots * grid_.padded,
                       Element::kFloat32};
    run_norm(stage.norm, raw, targets, t);
  }
  for (const std::size_t c : stage.convolutions) {
    const StepConvolution& convolution = layer_.plan.convolutions[c];
    if (convolution.norm == kNone || (convolution.plan.source == kFromInput && !has_input(t))) continue;
    RowsTargets targets;
    for (int gate = 0; gate < convolution.gates; ++gate)
      targets.to[gate][targets.count[gate]++] =
          rows(convolution.rows[call_.dropout.is_active], gate, t - first_);
    run_norm(convolution.norm, sums(c, t), targets, t);
  }
}

// The gradient by what `c` read in step t.
void StepwiseBackward::convolve(std::size_t index, std::int64_t t) {
  const StepConvolution& c = layer_.plan.convolutions[index];
  const Source from = c.plan.source;
  const bool is_before = from == kFromHidden || from == kFromMemory;
  if (is_before && t == 0 && part_of(backward_.dinitial, from == kFromHidden ? kHidden : kMemory) == nullptr)
    return;
  SourceView to = source(c, t);
  to.data = source_gradients_[index];
  to.copy = layer_.sizes.slot_count() * (from == kFromCells ? 2 : 1);
  const std::size_t set = c.rows[call_.dropout.is_active];
  for_gates(c, batch_, [&](int gate, const ConvolutionShape& shape) {
    Convolution& convolution = this->convolution(shape, ConvolutionUse::kDataGradient);
    convolution.data_gradient(rows(set, gate, t - first_).data, kernel(c, gate),
                              static_cast<char*>(to.data) + element_bytes(gate * to.copy),
                              layer_.convolutions.workspace());
  });
  if (from == kFromReset) {
    reset_.pending.push_back(to);
  } else if (from == kFromCells) {
    states_[kCell].pending.push_back(to);
    to.data = static_cast<char*>(to.data) + element_bytes(grid_.padded);
    states_[kMemory].pending.push_back(to);
  } else {
    states_[from == kFromHidden ? kHidden : kMemory].pending.push_back(to);
  }
}

}  // namespace convlstm::cuda
