#include "backend/cpu/executors.h"

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/generic_executor.h"
#include "backend/cpu/reference_executor.h"
#include "core/error.h"

namespace convlstm::cpu {
namespace {

bool supports_all(const LayerDesc&) {
  return true;
}

constexpr ExecutorRow kExecutors[] = {
    {"direct_fused", supports_direct_fused, make_direct_fused},
    {"generic", supports_all, make_generic_executor},
    {"reference", supports_all, make_reference_executor},
};

}  // namespace

std::span<const ExecutorRow> executor_list() {
  return kExecutors;
}

const ExecutorRow& choose_executor(const LayerDesc& desc, const std::string& requested) {
  std::string names;
  for (const ExecutorRow& row : kExecutors) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (!requested.empty() && requested != row.name) continue;
    if (row.supports(desc)) return row;
    if (!requested.empty()) fail(CLN_UNSUPPORTED, "executor: ", requested, " does not support this layer");
  }
  if (requested.empty()) fail(CLN_UNSUPPORTED, "executor: none of ", names, " supports this layer");
  fail(CLN_UNSUPPORTED, "executor: expected one of ", names, ", got ", requested);
}

}  // namespace convlstm::cpu
