#include "capi/firewall.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <new>

#include "core/error.h"

namespace convlstm::capi {
namespace {

// A fixed size, so that telling of a lack of memory needs none.
thread_local std::array<char, 1024> message{};

cln_status record(cln_status status, const char* text) noexcept {
  const std::size_t length = std::min(std::strlen(text), message.size() - 1);
  std::memcpy(message.data(), text, length);
  message[length] = '\0';
  return status;
}

}  // namespace

cln_status record_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return record(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return record(CLN_OUT_OF_MEMORY, "the host has no memory left for this call");
  } catch (const std::exception& error) {
    return record(CLN_INTERNAL_ERROR, error.what());
  } catch (...) {
    return record(CLN_INTERNAL_ERROR, "an exception of unknown type");
  }
}

const char* last_error_message() noexcept {
  return message.data();
}

}  // namespace convlstm::capi
