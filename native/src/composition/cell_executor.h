#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "backend/executor.h"
#include "composition/stack_desc.h"

namespace convlstm {

// One cell of a stack: picks its own parameters, state parts and seed out of a call for the whole stack.
class CellExecutor final : public Executor {
 public:
  CellExecutor(std::shared_ptr<Executor> cell, const StackDesc& stack, std::int64_t index);

  const char* name() const override { return cell_->name(); }
  std::size_t workspace_bytes() const override { return 0; }  // the cell's is counted by who owns it
  std::size_t reserve_bytes(std::int64_t steps) const override { return cell_->reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  void pick_common(SequenceCall& call) const;
  template <typename T>
  std::array<T*, kMaxStateParts> pick(std::span<T* const> state) const;

  std::shared_ptr<Executor> cell_;
  std::size_t index_, parts_;
  std::array<std::size_t, kMaxStateParts> places_{};  // of its parts among those of the stack
};

}  // namespace convlstm
