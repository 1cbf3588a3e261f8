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
  bool is_oracle = false;
  // Ways to cut the work that can be asked for by name; null: there are none.
  std::vector<std::string> (*tilings)(const LayerDesc& desc) = nullptr;
  std::unique_ptr<Executor> (*make_tiled)(CpuDevice& device, const LayerDesc& desc, const InputShape& shape,
                                          const std::string& tiling) = nullptr;
};

std::span<const ExecutorRow> executor_list();

// Whether the row supports and suits the layer and shape and keeps to the policy.
Verdict takes(const ExecutorRow& row, const LayerDesc& desc, const InputShape& shape, cln_policy policy);

// What each row says to the layer and shape.
std::vector<ExecutorOption> executor_options(CpuDevice& device, const LayerDesc& desc,
                                             const InputShape& shape, cln_policy policy);

// The executor that `requested` names, such as "direct_fused", or its tiling too, as in
// "winograd_fused:4x4,folded"; empty: the first that takes them. Throws Error(CLN_UNSUPPORTED).
std::unique_ptr<Executor> make_executor(CpuDevice& device, const LayerDesc& desc, const InputShape& shape,
                                        cln_policy policy, const std::string& requested);

// The row that `requested` names; empty: the first that takes them. Throws Error(CLN_UNSUPPORTED).
const ExecutorRow& choose_executor(const LayerDesc& desc, const InputShape& shape, cln_policy policy,
                                   const std::string& requested);

}  // namespace convlstm::cpu
