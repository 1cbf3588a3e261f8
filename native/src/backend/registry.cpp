#include "backend/backend.h"
#include "backend/cpu/cpu_backend.h"
#include "backend/device_report.h"
#include "backend/plugin.h"
#include "core/counters.h"
#include "core/error.h"

namespace convlstm {
namespace {

// What contexts on a GPU keep for later is theirs.
void count_context_bytes(std::int64_t change) {
  live_counters[CLN_OBJECT_CONTEXT].bytes.fetch_add(change, std::memory_order_relaxed);
  live_bytes.add(change);
}

DeviceReport report_cuda() {
  try {
    return cuda_plugin().report();
  } catch (const Error& error) {
    return {false, {}, {std::string("library: ") + error.what()}};
  }
}

[[noreturn]] void refuse(cln_device_kind kind) {
  fail(CLN_INVALID_ARGUMENT, "device_kind: expected one of cln_device_kind, got ", static_cast<int>(kind));
}

}  // namespace

std::shared_ptr<Backend> make_backend(cln_device_kind kind, int device_index, int threads, cln_policy policy,
                                      const Math& math) {
  if (policy == CLN_POLICY_EXACT && math.kind != CLN_MATH_FLOAT32)
    fail(CLN_INVALID_ARGUMENT, "math: expected CLN_MATH_FLOAT32 with CLN_POLICY_EXACT, got ",
         static_cast<int>(math.kind));
  switch (kind) {
    case CLN_DEVICE_CPU:
      if (device_index != 0)
        fail(CLN_INVALID_ARGUMENT, "device_index: expected 0 for the CPU, got ", device_index);
      if (math.kind != CLN_MATH_FLOAT32)
        fail(CLN_UNSUPPORTED, "math: expected CLN_MATH_FLOAT32 for the CPU, got ",
             static_cast<int>(math.kind));
      return cpu::make_cpu_backend(threads, policy);
    case CLN_DEVICE_CUDA:
      return cuda_plugin().make_backend(device_index, policy, math, count_context_bytes);
  }
  refuse(kind);
}

DeviceReport report_devices(cln_device_kind kind) {
  switch (kind) {
    case CLN_DEVICE_CPU:
      return cpu::report_cpu();
    case CLN_DEVICE_CUDA:
      return report_cuda();
  }
  refuse(kind);
}

}  // namespace convlstm
