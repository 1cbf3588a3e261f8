#include "backend/cpu/executors.h"

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/generic_executor.h"
#include "backend/cpu/reference_executor.h"
#include "backend/cpu/winograd_fused.h"
#include "core/error.h"

namespace convlstm::cpu {
namespace {

Verdict takes_all(const LayerDesc&, const InputShape&) {
  return {};
}

// Of executors that take memory when they run.
template <typename CellExecutor>
double planned_work(CpuDevice& device, const LayerDesc& desc, const InputShape& shape) {
  return CellExecutor(device, std::get<RecurrentDesc>(desc), shape).plan(1).multiply_adds;
}

constexpr ExecutorRow kExecutors[] = {
    {"winograd_fused", false, supports_winograd_fused, suits_winograd_fused, make_winograd_fused,
     planned_work<WinogradFused>, false, winograd_tilings, make_tiled_winograd_fused},
    {"direct_fused", true, supports_direct_fused, takes_all, make_direct_fused, planned_work<DirectFused>},
    {"generic", true, takes_all, takes_all, make_generic_executor, nullptr},
    {"reference", true, takes_all, takes_all, make_reference_executor, nullptr, true},
};

}  // namespace

std::span<const ExecutorRow> executor_list() {
  return kExecutors;
}

Verdict takes(const ExecutorRow& row, const LayerDesc& desc, const InputShape& shape, cln_policy policy) {
  if (Verdict verdict = row.supports(desc, shape); !verdict) return verdict;
  if (policy == CLN_POLICY_EXACT && !row.is_exact) return {"policy exact: it rounds more"};
  return row.suits(desc, shape);
}

std::vector<ExecutorOption> executor_options(CpuDevice& device, const LayerDesc& desc,
                                             const InputShape& shape, cln_policy policy) {
  std::vector<ExecutorOption> options;
  for (const ExecutorRow& row : kExecutors) {
    ExecutorOption option{row.name, true, takes(row, desc, shape, policy), 0, {}};
    const bool is_supported = static_cast<bool>(row.supports(desc, shape));
    option.is_able = is_supported && (row.is_exact || policy != CLN_POLICY_EXACT);
    if (is_supported && row.multiply_adds != nullptr)
      option.multiply_adds = row.multiply_adds(device, desc, shape);
    if (option.is_able && !row.is_oracle) {
      if (row.tilings != nullptr)
        for (const std::string& tiling : row.tilings(desc))
          option.contenders.push_back(std::string(row.name) + ':' + tiling);
      else
        option.contenders.emplace_back(row.name);
    }
    options.push_back(option);
  }
  return options;
}

const ExecutorRow& choose_executor(const LayerDesc& desc, const InputShape& shape, cln_policy policy,
                                   const std::string& requested) {
  std::string names;
  for (const ExecutorRow& row : kExecutors) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
    if (!requested.empty() && requested != row.name) continue;
    const Verdict verdict = requested.empty() ? takes(row, desc, shape, policy) : row.supports(desc, shape);
    if (verdict) return row;
    if (!requested.empty())
      fail(CLN_UNSUPPORTED, "executor: ", requested, " does not support this layer: ", verdict.why_not);
  }
  if (requested.empty()) fail(CLN_UNSUPPORTED, "executor: none of ", names, " supports this layer");
  fail(CLN_UNSUPPORTED, "executor: expected one of ", names, ", got ", requested);
}

std::unique_ptr<Executor> make_executor(CpuDevice& device, const LayerDesc& desc, const InputShape& shape,
                                        cln_policy policy, const std::string& requested) {
  const std::size_t colon = requested.find(':');
  const ExecutorRow& row = choose_executor(desc, shape, policy, requested.substr(0, colon));
  if (colon == std::string::npos) return row.make(device, desc, shape);
  const std::string tiling = requested.substr(colon + 1);
  std::string names;
  for (const std::string& name : row.tilings != nullptr ? row.tilings(desc) : std::vector<std::string>{}) {
    if (name == tiling) return row.make_tiled(device, desc, shape, tiling);
    names += (names.empty() ? "" : " or ") + name;
  }
  fail(CLN_UNSUPPORTED, "executor: expected ", row.name,
       names.empty() ? " without a tiling" : " with tiling ", names, ", got ", requested);
}

}  // namespace convlstm::cpu
