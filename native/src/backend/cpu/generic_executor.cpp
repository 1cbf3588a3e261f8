#include "backend/cpu/generic_executor.h"

#include "backend/cpu/generic_conv.h"

namespace convlstm::cpu {

bool supports_generic(const LayerDesc& desc) {
  return std::holds_alternative<ConvDesc>(desc);
}

std::unique_ptr<Executor> make_generic_executor(CpuDevice& device, const LayerDesc& desc,
                                                const InputShape& shape) {
  return std::make_unique<GenericConv>(device, std::get<ConvDesc>(desc), shape);
}

}  // namespace convlstm::cpu
