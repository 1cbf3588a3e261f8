#include "layer/reserve.h"

#include "core/checked.h"

namespace convlstm {

Reserve::Reserve(std::shared_ptr<Session> session, std::int64_t max_steps, const TapePlan& plan)
    : session_(std::move(session)),
      max_steps_(max_steps),
      executor_(session_->compose(plan)),
      memory_(session_->context().shared_backend(), CLN_OBJECT_RESERVE,
              session_->reserve_bytes(*executor_, max_steps)),
      mask_(session_->context().shared_backend()) {}

void Reserve::count_working_memory() {
  working_.set(static_cast<std::int64_t>(executor_->workspace_bytes() + mask_.bytes()));
}

void Reserve::check_steps(std::int64_t steps) const {
  if (steps > max_steps_)
    fail(CLN_INVALID_STATE, "reserve: expected one for at least ", steps, " steps, got one for ", max_steps_);
}

void Reserve::check_filled(std::uint64_t parameter_version) const {
  if (steps_ == 0)
    fail(CLN_INVALID_STATE,
         "reserve: expected one filled by cln_session_forward_training and not yet used, got an empty one");
  if (parameter_version_ != parameter_version)
    fail(CLN_INVALID_STATE,
         "reserve: expected the parameters of its forward, got a layer that has changed since");
}

}  // namespace convlstm
