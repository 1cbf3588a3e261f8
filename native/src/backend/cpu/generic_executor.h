#pragma once

#include <memory>

#include "backend/cpu/cpu_device.h"
#include "backend/executor.h"

namespace convlstm::cpu {

// Every layer, in single precision: an implicit product of packed weights with shifted planes, the gates
// applied to each block of sums while it is in the first-level cache.
std::unique_ptr<Executor> make_generic_executor(CpuDevice& device, const LayerDesc& desc,
                                                const InputShape& shape);

}  // namespace convlstm::cpu
