#include "composition/cell_executor.h"

#include <utility>

#include "cell/dropout.h"

namespace convlstm {

CellExecutor::CellExecutor(std::shared_ptr<Executor> cell, const StackDesc& stack, std::int64_t index)
    : cell_(std::move(cell)),
      index_(static_cast<std::size_t>(index)),
      parts_(static_cast<std::size_t>(traits_of(stack.bottom.cell).state_parts)) {
  for (std::size_t part = 0; part < parts_; ++part)
    places_[part] = static_cast<std::size_t>(stack.state_part(index, static_cast<std::int64_t>(part)));
}

void CellExecutor::pick_common(SequenceCall& call) const {
  call.parameters = call.parameters.subspan(index_, 1);
  call.dropout.seed = dropout::seed_of(call.dropout.seed, index_);
}

template <typename T>
std::array<T*, kMaxStateParts> CellExecutor::pick(std::span<T* const> state) const {
  std::array<T*, kMaxStateParts> out{};
  for (std::size_t part = 0; part < parts_; ++part) out[part] = part_of(state, places_[part]);
  return out;
}

void CellExecutor::forward(const ForwardCall& call) {
  const auto initial = pick(call.initial);
  const auto final = pick(call.final);
  ForwardCall own = call;
  pick_common(own);
  own.initial = {initial.data(), parts_};
  own.final = {final.data(), parts_};
  cell_->forward(own);
}

void CellExecutor::backward(const BackwardCall& call) {
  const auto dfinal = pick(call.dfinal);
  const auto dinitial = pick(call.dinitial);
  BackwardCall own = call;
  pick_common(own);
  own.gradients = call.gradients.subspan(index_, 1);
  own.dfinal = {dfinal.data(), parts_};
  own.dinitial = {dinitial.data(), parts_};
  cell_->backward(own);
}

}  // namespace convlstm
