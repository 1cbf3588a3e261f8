#include "backend/cpu/winograd_weights.h"

#include <algorithm>

namespace convlstm::cpu {
namespace {

// One of the two kernels of a layer.
struct Kernel {
  RecurrentParameter place;
  Size3 size;
  std::int64_t channels;  // that it reads
};

Kernel kernel_at(const RecurrentDesc& desc, RecurrentParameter place) {
  if (place == kInputKernel) return {place, desc.input.kernel, desc.input_channels};
  return {place, desc.recurrent_kernel, desc.hidden_channels};
}

}  // namespace

const WinogradKernels& winograd_kernels(const CpuDevice& device, const WinogradPlan& plan) {
  return device.kernels.winograd
      .variants[winograd_variant(static_cast<int>(plan.outputs), static_cast<int>(plan.taps))];
}

AlignedBuffer winograd_weights(CpuDevice& device, const RecurrentDesc& desc, const WinogradPlan& plan,
                               const ParameterViews& parameters, std::span<const RecurrentParameter> places) {
  const std::int64_t F = desc.hidden_channels, lanes = device.kernels.lanes, width = 4 * lanes;
  std::int64_t used = 0;
  for (const RecurrentParameter place : places) used += kernel_at(desc, place).channels;
  AlignedBuffer weights(plan.blocks * plan.points * used * width);
  device.pool.parallel_for(plan.blocks * 4, [&](std::int64_t part) {
    const std::int64_t block = part / 4, gate = part % 4;
    float* to = weights.data() + block * plan.points * used * width + gate * lanes;
    for (const RecurrentParameter place : places) {
      const Kernel kernel = kernel_at(desc, place);
      const std::int64_t taps = kernel.size.area(), row = kernel.channels * taps;
      const WinogradFilter filter{std::min(lanes, F - block * lanes), row, kernel.size.h, kernel.size.w,
                                  used * width};
      for (std::int64_t k = 0; k < kernel.channels; ++k, to += width)
        winograd_kernels(device, plan)
            .weights(filter, parameters.data[place] + (gate * F + block * lanes) * row + k * taps, to);
    }
  });
  return weights;
}

void add_winograd_gradient(CpuDevice& device, const RecurrentDesc& desc, const WinogradPlan& plan,
                           const float* points, const Gradients& gradients) {
  const std::int64_t F = desc.hidden_channels, used = F + desc.input_channels;
  const std::int64_t lanes = device.kernels.lanes, width = 4 * lanes;
  device.pool.parallel_for(plan.blocks * 4, [&](std::int64_t part) {
    const std::int64_t block = part / 4, gate = part % 4;
    const float* from = points + block * plan.points * used * width + gate * lanes;
    for (const Kernel& kernel : {kernel_at(desc, kRecurrentKernel), kernel_at(desc, kInputKernel)}) {
      const std::int64_t taps = kernel.size.area(), row = kernel.channels * taps;
      const WinogradFilter filter{std::min(lanes, F - block * lanes), row, kernel.size.h, kernel.size.w,
                                  used * width};
      for (std::int64_t k = 0; k < kernel.channels; ++k, from += width)
        if (gradients[kernel.place] != nullptr)
          winograd_kernels(device, plan)
              .add_taps(filter, from, gradients[kernel.place] + (gate * F + block * lanes) * row + k * taps);
    }
  });
}

int winograd_slots(std::int64_t vectors) {
  if (vectors == 1) return 1;
  return vectors % 4 == 1 || vectors % 4 == 2 ? 2 : 4;
}

AlignedBuffer winograd_transposed_weights(CpuDevice& device, const RecurrentDesc& desc,
                                          const WinogradPlan& plan, const ParameterViews& parameters,
                                          RecurrentParameter place) {
  const Kernel kernel = kernel_at(desc, place);
  const std::int64_t F = desc.hidden_channels, lanes = device.kernels.lanes, taps = kernel.size.area();
  const std::int64_t vectors = (kernel.channels + lanes - 1) / lanes, slots = winograd_slots(vectors);
  const std::int64_t products = (vectors + slots - 1) / slots, width = slots * lanes;
  const std::int64_t terms = 4 * plan.hidden;
  AlignedBuffer weights(products * plan.points * terms * width);
  device.pool.parallel_for(plan.blocks * 4, [&](std::int64_t part) {
    const std::int64_t block = part / 4, gate = part % 4;
    for (std::int64_t lane = 0; lane < std::min(lanes, F - block * lanes); ++lane)
      for (std::int64_t v = 0; v < vectors; ++v) {
        const WinogradFilter filter{std::min(lanes, kernel.channels - v * lanes), taps, kernel.size.h,
                                    kernel.size.w, terms * width};
        const std::int64_t row = gate * F + block * lanes + lane, term = part * lanes + lane;
        winograd_kernels(device, plan)
            .weights(filter, parameters.data[place] + (row * kernel.channels + v * lanes) * taps,
                     weights.data() + (v / slots * plan.points * terms + term) * width + v % slots * lanes);
      }
  });
  return weights;
}

}  // namespace convlstm::cpu
