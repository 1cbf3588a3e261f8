#include "backend/cuda/stepwise_tape.h"

#include "cell/cells.h"

namespace convlstm::cuda {
namespace {

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

std::size_t StepwiseTape::bytes(bool is_kept) const {
  std::size_t total = 0;
  StepwiseTape(*this).for_parts(
      [&](const TapePart& part) { total += part.is_kept == is_kept ? part.bytes() : 0; });
  return total;
}

StepwiseTape StepwiseTape::over(void* kept, void* not_kept) const {
  StepwiseTape tape = *this;
  char* left[] = {static_cast<char*>(not_kept), static_cast<char*>(kept)};
  tape.for_parts([&](TapePart& part) {
    char*& at = left[part.is_kept];
    if (at == nullptr) return;
    part.data = at;
    at += part.bytes();
  });
  return tape;
}

StepwiseTape make_tape(const RecurrentDesc& desc, const StepwisePlan& plan, const StepwiseSizes& sizes,
                       std::int64_t steps, std::int64_t window, bool is_training) {
  const std::size_t slot = size(sizes.slot_count()), element = bytes_of(sizes.element);
  const std::int64_t kept = is_training ? steps : 1, states = is_training ? steps + 1 : 1;
  const std::int64_t input_slots = is_training ? steps : window;
  StepwiseTape tape;
  for (const StepConvolution& c : plan.convolutions) {
    const Source source = c.plan.source;
    TapePart& part = tape.sources[source];
    part.is_kept = is_training;
    part.copies = plan.rates[source] > 0 ? c.gates : 1;
    part.slots = source == kFromInput                             ? input_slots
                 : source == kFromHidden || source == kFromMemory ? states
                                                                  : kept;
    part.step = element * (source == kFromInput   ? size(sizes.input.count(sizes.batch))
                           : source == kFromCells ? 2 * slot
                                                  : slot);
    const bool keeps_sums = is_training && c.norm != kNone;
    tape.sums.push_back({element * slot * size(c.gates),
                         keeps_sums             ? steps
                         : source == kFromInput ? window
                                                : 1,
                         1, keeps_sums, nullptr});
  }
  const bool reads_hidden = plan.cell.keeps_hidden || desc.mask != CLN_MASK_NONE;
  const bool source_is_hidden = sizes.element == Element::kFloat32 && desc.recurrent_dropout == 0;
  if (reads_hidden && !source_is_hidden)
    tape.hidden = {slot * sizeof(float), plan.cell.keeps_hidden ? states : 1, 1,
                   is_training && plan.cell.keeps_hidden, nullptr};
  const auto parts = size(traits_of(desc.cell).state_parts);
  if (parts > kCell) tape.cell = {slot * sizeof(float), states, 1, is_training, nullptr};
  if (parts > kMemory) tape.memory = {slot * sizeof(float), states, 1, is_training, nullptr};
  if (desc.cell == CLN_CELL_CONV_GRU) tape.opened = {slot * sizeof(float), 1, 1, false, nullptr};
  if (is_training)
    tape.gates = {slot * size(plan.cell.gates) * (sizes.halves_gates ? 2 : sizeof(float)), steps, 1, true,
                  nullptr};
  for (const StepStage& stage : plan.stages) {
    const std::size_t rows = stage.norm != kNone ? slot * size(stage.plan.slots) * sizeof(float) : 0;
    tape.joined.push_back({rows, kept, 1, is_training, nullptr});
  }
  for (const StepNorm& norm : plan.norms) {
    const std::size_t moments = size(sizes.batch) * size(norm.groups) * sizeof(Moments);
    const std::int64_t slots = is_training ? steps : norm.scale == kInputNormScale ? window : 1;
    tape.moments.push_back({moments, slots, 1, is_training, nullptr});
  }
  return tape;
}

}  // namespace convlstm::cuda
