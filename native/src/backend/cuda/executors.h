// The executors of the CUDA backend, best first.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/device.h"
#include "backend/executor.h"
#include "backend/verdict.h"

namespace convlstm::cuda {

struct ExecutorRow {
  const char* name;
  Verdict (*supports)(const LayerDesc& desc, const InputShape& shape, const Precision& precision);
  // Whether it should be the fastest of those that support the layer.
  Verdict (*suits)(const Device& device, const LayerDesc& desc, const InputShape& shape);
  // `tiling`: one of tilings(); empty: its own choice.
  std::unique_ptr<Executor> (*make)(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                    const InputShape& shape, const std::string& tiling);
  // How it can be cut; those that may be the fastest. Null: there is one way.
  std::vector<std::string> (*tilings)(const Device& device, const LayerDesc& desc, const InputShape& shape);
};

std::span<const ExecutorRow> executor_list();

// What each row says to a layer, in their order.
std::vector<ExecutorOption> executor_options(const Device& device, const LayerDesc& desc,
                                             const InputShape& shape);

// Of the row that `requested` names, or "row:tiling"; empty: of the first that supports and suits the layer.
// Throws Error(CLN_UNSUPPORTED) saying what each row that was asked lacks.
std::unique_ptr<Executor> make_executor(const std::shared_ptr<Device>& device, const LayerDesc& desc,
                                        const InputShape& shape, const std::string& requested);

}  // namespace convlstm::cuda
