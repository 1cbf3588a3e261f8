// The weights of winograd_fused as its products read them, and the way back for their gradients.
#pragma once

#include <span>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/winograd_plan.h"
#include "backend/executor.h"

namespace convlstm::cpu {

const WinogradKernels& winograd_kernels(const CpuDevice& device, const WinogradPlan& plan);

// Of the kernels at `places`: [block][point][channel of the first, then of the next][gate][lane].
AlignedBuffer winograd_weights(CpuDevice& device, const RecurrentDesc& desc, const WinogradPlan& plan,
                               const ParameterViews& parameters, std::span<const RecurrentParameter> places);

// Of the products that lead back to `channels` channels, which lie in vectors: so many vectors are the slots
// of a product as waste least.
int winograd_slots(std::int64_t vectors);

// Of the kernel at `place`, from the gates back to its channels: [product][point][block][gate][lane of the
// block][slot][lane].
AlignedBuffer winograd_transposed_weights(CpuDevice& device, const RecurrentDesc& desc,
                                          const WinogradPlan& plan, const ParameterViews& parameters,
                                          RecurrentParameter place);

// `points` lie as winograd_weights of the recurrent kernel and the input's.
void add_winograd_gradient(CpuDevice& device, const RecurrentDesc& desc, const WinogradPlan& plan,
                           const float* points, const Gradients& gradients);

}  // namespace convlstm::cpu
