#pragma once

#include <cstdint>
#include <memory>

#include "composition/checkpointed.h"
#include "layer/buffer.h"
#include "layer/mask.h"
#include "layer/session.h"

namespace convlstm {

// The tape of one sequence: empty, or filled by a training forward of its session for one backward.
class Reserve {
 public:
  Reserve(std::shared_ptr<Session> session, std::int64_t max_steps, const TapePlan& plan);

  const Session& session() const { return *session_; }
  Context& context() const { return session_->context(); }
  // Bytes held now: the tape itself and what its runs work with.
  std::int64_t bytes() const { return memory_.bytes() + working_.get(); }
  void* memory() const { return memory_.data(); }
  std::int64_t steps() const { return steps_; }  // 0: empty
  std::int64_t input_steps() const { return input_steps_; }
  const Dropout& dropout() const { return dropout_; }

  // What runs the session's cells as the plan has it.
  Executor& executor() { return *executor_; }
  Mask& mask() { return mask_; }
  void count_working_memory();

  void check_steps(std::int64_t steps) const;
  // CLN_INVALID_STATE where it is empty or the parameters are not those of the forward any more.
  void check_filled(std::uint64_t parameter_version) const;
  void empty() { steps_ = 0; }
  void filled(std::int64_t steps, std::int64_t input_steps, const Dropout& dropout,
              std::uint64_t parameter_version) {
    steps_ = steps;
    input_steps_ = input_steps;
    dropout_ = dropout;
    parameter_version_ = parameter_version;
  }

 private:
  std::shared_ptr<Session> session_;
  std::int64_t max_steps_;
  std::unique_ptr<Executor> executor_;
  Buffer memory_;
  Mask mask_;
  CountedBytes working_{CLN_OBJECT_RESERVE};
  std::int64_t steps_ = 0, input_steps_ = 0;
  Dropout dropout_;
  std::uint64_t parameter_version_ = 0;
};

}  // namespace convlstm
