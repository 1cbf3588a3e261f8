#include "backend/cpu/executors.h"

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/generic_executor.h"
#include "backend/cpu/reference_executor.h"
#include "backend/cpu/winograd_fused.h"
#include "core/error.h"

namespace convlstm::cpu {
namespace {

Verdict supports_all(const LayerDesc&) {
  return {};
}

Verdict suits_all(const LayerDesc&, const InputShape&) {
  return {};
}

constexpr ExecutorRow kExecutors[] = {
    {"winograd_fused", false, supports_winograd_fused, suits_winograd_fused, make_winograd_fused},
    {"direct_fused", true, supports_direct_fused, suits_all, make_direct_fused},
    {"generic", true, supports_all, suits_all, make_generic_executor},
    {"reference", true, supports_all, suits_all, make_reference_executor},
};

}  // namespace

std::span<const ExecutorRow> executor_list() {
  return kExecutors;
}

Verdict takes(const ExecutorRow& row, const LayerDesc& desc, const InputShape& shape, cln_policy policy) {
  if (Verdict verdict = row.supports(desc); !verdict) return verdict;
  if (policy == CLN_POLICY_EXACT && !row.is_exact) return {"policy exact: it rounds more"};
  return row.suits(desc, shape);
}

const ExecutorRow& choose_executor(const LayerDesc& desc, const InputShape& shape, cln_policy policy,
                                   const std::string& requested) {
  std::string names;
  for (const ExecutorRow& row : kExecutors) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (!requested.empty() && requested != row.name) continue;
    const Verdict verdict = requested.empty() ? takes(row, desc, shape, policy) : row.supports(desc);
    if (verdict) return row;
    if (!requested.empty())
      fail(CLN_UNSUPPORTED, "executor: ", requested, " does not support this layer: ", verdict.why_not);
  }
  if (requested.empty()) fail(CLN_UNSUPPORTED, "executor: none of ", names, " supports this layer");
  fail(CLN_UNSUPPORTED, "executor: expected one of ", names, ", got ", requested);
}

}  // namespace convlstm::cpu
