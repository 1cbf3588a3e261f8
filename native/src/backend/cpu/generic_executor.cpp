#include "backend/cpu/generic_executor.h"

#include "backend/cpu/generic_conv.h"
#include "backend/cpu/generic_recurrent.h"

namespace convlstm::cpu {

std::unique_ptr<Executor> make_generic_executor(CpuDevice& device, const LayerDesc& desc,
                                                const InputShape& shape) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc))
    return std::make_unique<GenericRecurrent>(device, *recurrent, shape);
  return std::make_unique<GenericConv>(device, std::get<ConvDesc>(desc), shape);
}

}  // namespace convlstm::cpu
