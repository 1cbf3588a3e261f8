#include "composition/checkpointed.h"

#include <algorithm>
#include <utility>

#include "composition/calls.h"

namespace convlstm {

Checkpointed::Checkpointed(const std::shared_ptr<Backend>& backend, std::unique_ptr<Executor> whole,
                           const TapePlan& plan, cln_output output, const std::vector<std::size_t>& places,
                           std::size_t all_parts, std::int64_t count)
    : whole_(std::move(whole)), plan_(plan), output_(output), state_(backend, places, all_parts, count) {}

std::size_t Checkpointed::workspace_bytes() const {
  return state_.bytes() + whole_->workspace_bytes();
}

bool Checkpointed::is_cut(std::int64_t step) const {
  return plan_.truncate_every > 0 && step % plan_.truncate_every == 0;
}

Checkpointed::Reserve Checkpointed::lay_out(const void* memory, std::int64_t steps) const {
  Pieces pieces(
      const_cast<void*>(memory));  // the backward writes the tape of the segment that it computes again
  Reserve reserve{};
  std::int64_t longest = 0;
  for (std::int64_t begin = 0; begin < steps;) {
    std::int64_t end = begin + 1;
    while (end < steps && !is_cut(end) && !(computes_again() && end % plan_.checkpoint_every == 0)) ++end;
    Segment segment{{begin, end}, nullptr, nullptr};
    if (computes_again())
      segment.checkpoint = pieces.take(state_.copy_bytes());
    else
      segment.tape = pieces.take(whole_->reserve_bytes(end - begin));
    reserve.segments.push_back(segment);
    longest = std::max(longest, end - begin);
    begin = end;
  }
  if (computes_again()) {
    void* const tape = pieces.take(whole_->reserve_bytes(longest));
    for (Segment& segment : reserve.segments) segment.tape = tape;
  }
  reserve.bytes = pieces.used();
  return reserve;
}

std::size_t Checkpointed::reserve_bytes(std::int64_t steps) const {
  return lay_out(nullptr, steps).bytes;
}

void Checkpointed::forward(const ForwardCall& call) {
  state_.load(call.initial);
  for (const Segment& part : lay_out(call.reserve, call.steps).segments) {
    if (computes_again()) state_.save(part.checkpoint);
    ForwardCall own = segment(call, part.steps, output_);
    own.initial = state_.read_parts();
    own.final = state_.parts();
    own.reserve = computes_again() ? nullptr : part.tape;
    whole_->forward(own);
  }
  state_.store(call.final);
}

void Checkpointed::backward(const BackwardCall& call) {
  const Reserve reserve = lay_out(call.reserve, call.steps);
  state_.load(call.dfinal);
  for (auto part = reserve.segments.rbegin(); part != reserve.segments.rend(); ++part) {
    BackwardCall own = segment(call, part->steps, output_);
    if (computes_again()) {
      const std::vector<const float*> before = state_.saved(part->checkpoint);
      ForwardCall again;
      static_cast<SequenceCall&>(again) = own;
      again.initial = before;
      again.reserve = part->tape;
      whole_->forward(again);
    }
    own.dfinal = state_.read_parts();
    own.dinitial = state_.parts();
    own.reserve = part->tape;
    whole_->backward(own);
    if (part->steps.begin > 0 && is_cut(part->steps.begin)) state_.clear();
  }
  state_.store(call.dinitial);
}

}  // namespace convlstm
