#pragma once

#include <memory>

#include "backend/cpu/cpu_device.h"
#include "backend/executor.h"

namespace convlstm::cpu {

// It computes every layer.
std::unique_ptr<Executor> make_generic_executor(CpuDevice& device, const LayerDesc& desc,
                                                const InputShape& shape);

}  // namespace convlstm::cpu
