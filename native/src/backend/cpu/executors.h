// The executors of the CPU, best first.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "backend/backend.h"
#include "backend/cpu/cpu_device.h"

namespace convlstm::cpu {

struct ExecutorRow {
  const char* name;
  bool is_exact;  // keeps to CLN_POLICY_EXACT
  bool (*supports)(const LayerDesc& desc);
  bool (*suits)(const LayerDesc& desc, const InputShape& shape);  // of what it supports: worth taking unasked
  std::unique_ptr<Executor> (*make)(CpuDevice& device, const LayerDesc& desc, const InputShape& shape);
};

std::span<const ExecutorRow> executor_list();

// The row that `requested` names; empty: the first that supports and suits the layer and shape and keeps to
// the policy. Throws Error(CLN_UNSUPPORTED).
const ExecutorRow& choose_executor(const LayerDesc& desc, const InputShape& shape, cln_policy policy,
                                   const std::string& requested);

}  // namespace convlstm::cpu
