#include "composition/calls.h"

#include <utility>

namespace convlstm {
namespace {

void reverse(SequenceCall& call) {
  call.x = reversed(call.x, call.steps);
  call.input = {call.steps - call.input.end, call.steps - call.input.begin};
  StepMask& mask = call.mask;
  const std::int64_t last = (call.steps - 1) * mask.step_stride;
  for (const std::uint8_t** flags : {&mask.active, &mask.emits, &mask.emits_back})
    if (*flags != nullptr) *flags += last;
  mask.step_stride = -mask.step_stride;
  std::swap(mask.emits, mask.emits_back);
}

void cut(SequenceCall& call, StepRange steps) {
  call.x = from_step(call.x, steps.begin);
  call.input = {std::clamp(call.input.begin, steps.begin, steps.end) - steps.begin,
                std::clamp(call.input.end, steps.begin, steps.end) - steps.begin};
  for (const std::uint8_t** flags : {&call.mask.active, &call.mask.emits, &call.mask.emits_back})
    if (*flags != nullptr) *flags += steps.begin * call.mask.step_stride;
  call.steps = steps.end - steps.begin;
}

// The outputs of some of `all` steps.
template <typename T>
Frames<T> cut_outputs(const Frames<T>& frames, StepRange steps, std::int64_t all, cln_output output) {
  if (output == CLN_OUTPUT_SEQUENCE) return from_step(frames, steps.begin);
  return steps.end == all ? frames : Frames<T>{};
}

}  // namespace

ForwardCall reversed(ForwardCall call, cln_output output) {
  if (output == CLN_OUTPUT_SEQUENCE) call.y = reversed(call.y, call.steps);
  reverse(call);
  return call;
}

BackwardCall reversed(BackwardCall call, cln_output output) {
  if (output == CLN_OUTPUT_SEQUENCE) call.dy = reversed(call.dy, call.steps);
  call.dx = reversed(call.dx, call.steps);
  reverse(call);
  return call;
}

ForwardCall segment(ForwardCall call, StepRange steps, cln_output output) {
  call.y = cut_outputs(call.y, steps, call.steps, output);
  cut(call, steps);
  return call;
}

BackwardCall segment(BackwardCall call, StepRange steps, cln_output output) {
  call.dy = cut_outputs(call.dy, steps, call.steps, output);
  call.dx = from_step(call.dx, steps.begin);
  cut(call, steps);
  return call;
}

}  // namespace convlstm
