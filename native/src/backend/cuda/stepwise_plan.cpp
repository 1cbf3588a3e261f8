#include "backend/cuda/stepwise_plan.h"

namespace convlstm::cuda {
namespace {

StepNorm norm_of(std::size_t scale, int first_row, const std::vector<int>& slots, std::int64_t hidden,
                 std::int64_t group_rows) {
  StepNorm norm{scale, first_row, GateSlots(slots), 0, 0};
  norm.group_rows = static_cast<std::int32_t>(group_rows);
  norm.groups = static_cast<std::int32_t>(norm.gates.count * hidden / group_rows);
  return norm;
}

}  // namespace

StepwisePlan::StepwisePlan(const RecurrentDesc& desc) : cell(plan_of(desc)) {
  rates[kFromInput] = desc.input_dropout;
  rates[kFromHidden] = rates[kFromReset] = desc.recurrent_dropout;
  const std::int64_t F = desc.hidden_channels;
  const bool is_layer_norm = desc.normalization == CLN_NORMALIZATION_LAYER;
  for (const StagePlan& stage : cell.stages) {
    StepStage step{stage, {}, kNone};
    if (desc.normalization == CLN_NORMALIZATION_GROUP) {
      std::vector<int> slots;
      for (int k = 0; k < stage.slots; ++k) slots.push_back(stage.first_slot + k);
      step.norm = norms.size();
      norms.push_back(norm_of(kNormScale, stage.first_slot, slots, F, desc.norm_group_channels));
    }
    for (const ConvolutionPlan& plan : stage.convolutions) {
      StepConvolution c{plan, static_cast<int>(plan.slots.size()), kNone, {}};
      if (is_layer_norm && plan.norm != kNoNorm) {
        c.norm = norms.size();
        norms.push_back(norm_of(plan.norm, plan.first_gate, plan.slots, F, c.gates * F));
      }
      step.convolutions.push_back(convolutions.size());
      convolutions.push_back(c);
    }
    stages.push_back(step);
  }
  for (const bool drops : {false, true}) {
    std::vector<RowSet>& sets = row_sets[drops];
    for (StepConvolution& c : convolutions) {
      const bool is_planar = is_dropped(c.plan.source, drops);
      std::size_t set = 0;
      while (set < sets.size() &&
             (is_layer_norm || sets[set].slots != c.plan.slots || sets[set].is_planar != is_planar))
        ++set;
      if (set == sets.size()) sets.push_back({c.plan.slots, is_planar});
      c.rows[drops] = set;
    }
    // The bias of a slot that no convolution adds to has a gradient all the same.
    for (int slot = 0; slot < cell.slots; ++slot) {
      bool is_there = false;
      for (const RowSet& set : sets) is_there = is_there || set.has(slot);
      if (!is_there) sets.push_back({{slot}, true});
    }
  }
}

Axes axes_of_kernel(const RecurrentDesc& desc, std::size_t kernel, const Size3& input) {
  if (kernel == kInputKernel) return axes_of(desc.input, input);
  const Size3 grid = state_size(desc, input);
  return kernel == kMixingKernel ? same_axes(Size3{}, Size3{}, grid)
                                 : same_axes(desc.recurrent_kernel, desc.recurrent_dilation, grid);
}

}  // namespace convlstm::cuda
