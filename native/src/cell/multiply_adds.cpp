#include "cell/multiply_adds.h"

#include "cell/cell_plan.h"
#include "cell/convolution.h"

namespace convlstm {
namespace {

double of_cell(const RecurrentDesc& desc, const Size3& input) {
  const std::int64_t F = desc.hidden_channels;
  std::int64_t weights = 0;
  for (const StagePlan& stage : plan_of(desc).stages)
    for (const ConvolutionPlan& convolution : stage.convolutions) {
      const bool is_input = convolution.source == kFromInput;
      const std::int64_t channels = is_input                           ? desc.input_channels
                                    : convolution.source == kFromCells ? 2 * F
                                                                       : F;
      const std::int64_t elements = is_input                              ? desc.input.kernel.area()
                                    : convolution.kernel == kMixingKernel ? 1
                                                                          : desc.recurrent_kernel.area();
      weights += static_cast<std::int64_t>(convolution.slots.size()) * F * channels * elements;
    }
  return static_cast<double>(weights) * static_cast<double>(state_size(desc, input).area());
}

}  // namespace

double multiply_adds_of(const LayerDesc& desc, const Size3& input) {
  if (const auto* cell = std::get_if<RecurrentDesc>(&desc)) return of_cell(*cell, input);
  const auto& conv = std::get<ConvDesc>(desc);
  return static_cast<double>(conv.input_channels * conv.output_channels * conv.kernel.area()) *
         static_cast<double>(input.area());
}

}  // namespace convlstm
