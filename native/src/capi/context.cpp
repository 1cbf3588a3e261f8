#include <cstdlib>
#include <string>

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

const char* text_of(const char* variable) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? text : "";
}

// What the user of the process asks for.
Tuning tuning_of_environment() {
  const std::string word = text_of("CLN_TUNING"), path = text_of("CLN_TUNING_FILE");
  if (word.empty() || word == "off") return {};
  if (word != "use" && word != "measure")
    fail(CLN_INVALID_ARGUMENT, "CLN_TUNING: expected off, use or measure, got ", word);
  if (path.empty()) fail(CLN_INVALID_ARGUMENT, "CLN_TUNING_FILE: expected the path of a file, got none");
  return {word == "use" ? CLN_TUNING_USE : CLN_TUNING_MEASURE, path};
}

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
    const auto context = std::make_shared<Context>(make_backend(kind, asked.device_index, asked.thread_count,
                                                                policy, {math, asked.is_deterministic != 0}));
    context->set_tuning(tuning_of_environment());
    publish(context, out);
  });
}

cln_status cln_context_destroy(cln_context* context) {
  return guarded([&] { destroy(context, "context"); });
}

cln_status cln_context_set_tuning(cln_context* context, std::int32_t tuning, const char* path) {
  return guarded([&] {
    const auto object = get(context, "context");
    const auto kind = check_enum("tuning", tuning, CLN_TUNING_MEASURE, "cln_tuning");
    const ContextUse use{object.get()};
    if (kind == CLN_TUNING_OFF) return object->set_tuning({});
    check_pointer("path", path);
    object->set_tuning({kind, path});
  });
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
