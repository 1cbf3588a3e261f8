#include "layer/reserve.h"

#include "core/error.h"

namespace convlstm {

Reserve::Reserve(std::shared_ptr<Session> session, std::int64_t max_steps)
    : session_(std::move(session)),
      max_steps_(max_steps),
      memory_(session_->context().shared_backend(), CLN_OBJECT_RESERVE, session_->reserve_bytes(max_steps)) {}

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
