#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "core/checked.h"

using namespace convlstm;
using namespace convlstm::capi;

namespace {

constexpr std::int32_t kMostThreads = 1024;
constexpr cln_context_desc kDefaults{sizeof(cln_context_desc), CLN_DEVICE_CPU,   0, 0,
                                     CLN_POLICY_FAST,          CLN_MATH_FLOAT32, 0};

}  // namespace

extern "C" {

cln_status cln_context_desc_init(cln_context_desc* desc) {
  return guarded([&] {
    check_pointer("desc", desc);
    *desc = kDefaults;
  });
}

cln_status cln_context_create(const cln_context_desc* desc, cln_context** out) {
  return guarded([&] {
    if (desc != nullptr) check_struct("desc", desc);
    check_pointer("out", out);
    const cln_context_desc& asked = desc != nullptr ? *desc : kDefaults;
    const auto kind = check_enum("desc.device_kind", asked.device_kind, CLN_DEVICE_CUDA, "cln_device_kind");
    check_at_least("desc.device_index", asked.device_index, 0);
    check_range("desc.thread_count", asked.thread_count, 0, kMostThreads);
    const auto policy = check_enum("desc.policy", asked.policy, CLN_POLICY_EXACT, "cln_policy");
    const auto math = check_enum("desc.math", asked.math, CLN_MATH_FLOAT16, "cln_math");
    check_range("desc.is_deterministic", asked.is_deterministic, 0, 1);
    publish(std::make_shared<Context>(make_backend(kind, asked.device_index, asked.thread_count, policy,
                                                   {math, asked.is_deterministic != 0})),
            out);
  });
}

cln_status cln_context_destroy(cln_context* context) {
  return guarded([&] { destroy(context, "context"); });
}

cln_status cln_context_get_info(cln_context* context, cln_context_info* out) {
  return guarded([&] {
    const auto object = get(context, "context");
    check_struct("out", out);
    const ContextUse use{object.get()};
    const Backend& backend = object->backend();
    const Math math = backend.math();
    const MemoryUse memory = backend.memory();
    *out = {sizeof *out,
            backend.device_kind(),
            backend.device_index(),
            backend.thread_count(),
            backend.policy(),
            math.kind,
            math.is_deterministic ? 1 : 0,
            0,
            static_cast<std::int64_t>(memory.held),
            static_cast<std::int64_t>(memory.used),
            backend.device_name(),
            backend.instruction_set()};
  });
}

}  // extern "C"
