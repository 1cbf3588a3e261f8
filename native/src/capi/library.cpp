#include <cstdint>

#include "capi/firewall.h"
#include "convlstm_native.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

std::uint32_t cln_abi_version(void) {
  return CLN_ABI_VERSION;
}

const char* cln_version(void) {
  return CLN_VERSION;
}

const char* cln_status_name(cln_status status) {
  switch (status) {
    case CLN_OK:
      return "CLN_OK";
    case CLN_INVALID_ARGUMENT:
      return "CLN_INVALID_ARGUMENT";
    case CLN_NULL_ARGUMENT:
      return "CLN_NULL_ARGUMENT";
    case CLN_INVALID_HANDLE:
      return "CLN_INVALID_HANDLE";
    case CLN_SHAPE_MISMATCH:
      return "CLN_SHAPE_MISMATCH";
    case CLN_SIZE_OVERFLOW:
      return "CLN_SIZE_OVERFLOW";
    case CLN_NOT_FINITE:
      return "CLN_NOT_FINITE";
    case CLN_OUT_OF_MEMORY:
      return "CLN_OUT_OF_MEMORY";
    case CLN_BUSY:
      return "CLN_BUSY";
    case CLN_UNSUPPORTED:
      return "CLN_UNSUPPORTED";
    case CLN_DEVICE_ERROR:
      return "CLN_DEVICE_ERROR";
    case CLN_INVALID_STATE:
      return "CLN_INVALID_STATE";
    case CLN_INTERNAL_ERROR:
      return "CLN_INTERNAL_ERROR";
    default:
      return "CLN_UNKNOWN";
  }
}

const char* cln_last_error_message(void) {
  return last_error_message();
}

}  // extern "C"
