#pragma once

#include <memory>

#include "backend/cpu/cpu_device.h"
#include "backend/executor.h"

namespace convlstm::cpu {

bool supports_generic(const LayerDesc& desc);

std::unique_ptr<Executor> make_generic_executor(CpuDevice& device, const LayerDesc& desc,
                                                const InputShape& shape);

}  // namespace convlstm::cpu
