// The executors of the CPU, best first.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/cpu_device.h"
#include "backend/verdict.h"

namespace convlstm::cpu {

struct ExecutorRow {
  const char* name;
  bool is_exact;  // keeps to CLN_POLICY_EXACT
  Verdict (*supports)(const LayerDesc& desc, const InputShape& shape);
  // Of what it supports: whether it is worth taking unasked.
  Verdict (*suits)(const LayerDesc& desc, const InputShape& shape);
  std::unique_ptr<Executor> (*make)(CpuDevice& device, const LayerDesc& desc, const InputShape& shape);
  // Multiply-adds of a step, for what it supports; null: not known beforehand.
  double (*multiply_adds)(CpuDevice& device, const LayerDesc& desc, const InputShape& shape);
};

std::span<const ExecutorRow> executor_list();

// Whether the row supports and suits the layer and shape and keeps to the policy.
Verdict takes(const ExecutorRow& row, const LayerDesc& desc, const InputShape& shape, cln_policy policy);

// What each row says to the layer and shape.
std::vector<ExecutorOption> executor_options(CpuDevice& device, const LayerDesc& desc,
                                             const InputShape& shape, cln_policy policy);

// The row that `requested` names; empty: the first that takes them. Throws Error(CLN_UNSUPPORTED).
const ExecutorRow& choose_executor(const LayerDesc& desc, const InputShape& shape, cln_policy policy,
                                   const std::string& requested);

}  // namespace convlstm::cpu
