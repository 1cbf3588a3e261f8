#include "backend/backend.h"
#include "backend/cpu/cpu_backend.h"
#include "core/error.h"

namespace convlstm {

std::shared_ptr<Backend> make_backend(cln_device_kind kind, int device_index, int threads,
                                      cln_policy policy) {
  switch (kind) {
    case CLN_DEVICE_CPU:
      if (device_index != 0)
        fail(CLN_INVALID_ARGUMENT, "device_index: expected 0 for the CPU, got ", device_index);
      return cpu::make_cpu_backend(threads, policy);
    case CLN_DEVICE_CUDA:
      fail(CLN_UNSUPPORTED, "device_kind: this build has no CUDA backend");
  }
  fail(CLN_INVALID_ARGUMENT, "device_kind: expected one of cln_device_kind, got ", static_cast<int>(kind));
}

}  // namespace convlstm
