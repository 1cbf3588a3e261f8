// The one place where exceptions become statuses. No exception leaves a C function.
#pragma once

#include <utility>

#include "convlstm_native.h"

namespace convlstm::capi {

// The status of the exception that is being handled; its text becomes the thread's last error message.
cln_status record_current_exception() noexcept;

// The calling thread's last error message.
const char* last_error_message() noexcept;

template <typename Body>
cln_status guarded(Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return CLN_OK;
  } catch (...) {
    return record_current_exception();
  }
}

}  // namespace convlstm::capi
