#pragma once

#include <memory>

#include "backend/executor.h"

namespace convlstm::cpu {

struct CpuDevice;

// Plain double loops on one thread for every layer: the oracle that the other executors are compared with.
std::unique_ptr<Executor> make_reference_executor(CpuDevice& device, const LayerDesc& desc,
                                                  const InputShape& shape);

}  // namespace convlstm::cpu
