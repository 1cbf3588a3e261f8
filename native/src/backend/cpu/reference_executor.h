#pragma once

#include <memory>

#include "backend/executor.h"

namespace convlstm::cpu {

struct CpuDevice;

// Plain double loops on one thread for every layer: the oracle that the other executors are compared with. It
// shares no equation with them.
std::unique_ptr<Executor> make_reference_executor(CpuDevice& device, const LayerDesc& desc,
                                                  const InputShape& shape);

namespace reference {

std::unique_ptr<Executor> make_recurrent(const RecurrentDesc& desc, const InputShape& shape);
std::unique_ptr<Executor> make_convolution(const ConvDesc& desc, const InputShape& shape);

inline ExecutorPlan equations_plan() {
  ExecutorPlan plan;
  plan.algorithm = "the equations, in double precision";
  plan.tiling = "none, on one thread";
  plan.input = "apart";
  return plan;
}

}  // namespace reference
}  // namespace convlstm::cpu
