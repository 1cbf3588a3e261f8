#pragma once

#include <cstdint>
#include <memory>

#include "layer/buffer.h"
#include "layer/session.h"

namespace convlstm {

// The tape of one sequence: empty, or filled by a training forward of its session for one backward.
class Reserve {
 public:
  Reserve(std::shared_ptr<Session> session, std::int64_t max_steps);

  const Session& session() const { return *session_; }
  Context& context() const { return session_->context(); }
  std::int64_t bytes() const { return memory_.bytes(); }
  void* memory() const { return memory_.data(); }
  std::int64_t steps() const { return steps_; }  // 0: empty

  void check_steps(std::int64_t steps) const;
  // CLN_INVALID_STATE where it is empty or the parameters are not those of the forward any more.
  void check_filled(std::uint64_t parameter_version) const;
  void empty() { steps_ = 0; }
  void filled(std::int64_t steps, std::uint64_t parameter_version) {
    steps_ = steps;
    parameter_version_ = parameter_version;
  }

 private:
  std::shared_ptr<Session> session_;
  std::int64_t max_steps_;
  Buffer memory_;
  std::int64_t steps_ = 0;
  std::uint64_t parameter_version_ = 0;
};

}  // namespace convlstm
