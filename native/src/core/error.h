// The one exception of the library. It carries the status that the C function will return.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "convlstm_native.h"

namespace convlstm {

class Error : public std::runtime_error {
 public:
  Error(cln_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  cln_status status() const noexcept { return status_; }

 private:
  cln_status status_;
};

// fail(CLN_SHAPE_MISMATCH, "x_count: expected ", a, ", got ", b) names the argument, what was expected and
// what came.
template <typename... Parts>
[[noreturn]] void fail(cln_status status, const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(status, text.str());
}

}  // namespace convlstm
