// What the backward does once for a window of steps: gradients of parameters and of x.
#include "backend/cuda/stepwise_backward.h"

namespace convlstm::cuda {

void StepwiseBackward::end_window(StepRange steps) {
  for (std::size_t c = 0; c < layer_.plan.convolutions.size(); ++c) {
    const StepConvolution& convolution = layer_.plan.convolutions[c];
    if (convolution.plan.source != kFromInput) {
      add_kernel_gradient(convolution, steps);
      continue;
    }
    const StepRange inputs = input_of(steps);
    if (inputs.begin == inputs.end) continue;
    add_kernel_gradient(convolution, inputs);
    if (backward_.dx.data != nullptr) run_input_gradient(c, inputs);
  }
  add_parameter_gradients(steps);
}

void StepwiseBackward::add_kernel_gradient(const StepConvolution& c, StepRange steps) {
  float* const gradient = backward_.gradients[0][c.plan.kernel];
  if (gradient == nullptr) return;
  const SourceView from = source(c, steps.begin);
  const std::size_t set = c.rows[call_.dropout.is_active];
  KernelLayout layout = weights_.layout(c.plan.kernel);
  layout.gates = is_dropped(c.plan.source) ? 1 : c.gates;
  const std::int64_t gate_count = layout.channels * layout.blocks * layout.inputs * layout.elements;
  for_gates(c, (steps.end - steps.begin) * batch_, [&](int gate, const ConvolutionShape& shape) {
    Convolution& convolution = this->convolution(shape, ConvolutionUse::kKernelGradient);
    convolution.kernel_gradient(static_cast<const char*>(from.data) + element_bytes(gate * from.copy),
                                rows(set, gate, steps.begin - first_).data, kernel_gradient_,
                                layer_.convolutions.workspace());
    cuda::add_kernel_gradient(stream_, layout, kernel_gradient_, scale(),
                              gradient + (c.plan.first_gate + gate) * gate_count);
  });
}

void StepwiseBackward::run_input_gradient(std::size_t index, StepRange steps) {
  const StepConvolution& c = layer_.plan.convolutions[index];
  const std::int64_t count = steps.end - steps.begin;
  SourceView to = source(c, steps.begin);
  to.data = input_gradient_;
  to.copy = window_ * layer_.sizes.input.count(batch_);
  for_gates(c, count * batch_, [&](int gate, const ConvolutionShape& shape) {
    Convolution& convolution = this->convolution(shape, ConvolutionUse::kDataGradient);
    convolution.data_gradient(rows(c.rows[call_.dropout.is_active], gate, steps.begin - first_).data,
                              kernel(c, gate), static_cast<char*>(to.data) + element_bytes(gate * to.copy),
                              layer_.convolutions.workspace());
  });
  UnpackFrames work{};
  work.from = to;
  work.to = view_of(backward_.dx, layer_.sizes.input.area);
  work.to.data += steps.begin * work.to.step;
  work.grid = layer_.sizes.input;
  work.drop = drop(kFromInput);
  work.batch = batch_;
  work.scale = scale();
  unpack_frames(stream_, work, element_, count);
}

// Of the first image of the window: by what the pointwise stages read, or by the sums that went into the
// normalizations.
SlotGradients StepwiseBackward::slots_of(bool by_sums) const {
  SlotGradients slots;
  const bool from_rows =
      !is_normalized() || (by_sums && layer_.desc.normalization == CLN_NORMALIZATION_GROUP);
  slots.element = from_rows ? element_ : Element::kFloat32;
  for (int slot = 0; slot < layer_.plan.cell.slots; ++slot) {
    if (!from_rows) {
      const RowsView all = slot_gradients(0);
      slots.data[slot] = static_cast<const float*>(all.data) + slot * grid_.padded;
      slots.pixel[slot] = all.pixel;
      continue;
    }
    for (std::size_t set = 0; set < row_sets().size(); ++set) {
      const int gate = row_sets()[set].gate_of(slot);
      if (gate < 0) continue;
      const SourceView view = rows(set, gate, 0);
      slots.data[slot] = view.data;
      slots.pixel[slot] = view.pixel;
    }
  }
  return slots;
}

void StepwiseBackward::add_parameter_gradients(StepRange steps) {
  const Gradients& gradients = backward_.gradients[0];
  const std::int64_t images = (steps.end - steps.begin) * batch_;
  const GradientCall call{grid_, images, scale(), room_};
  const CellPlan& cell = layer_.plan.cell;
  add_bias_gradients(stream_, call, slots_of(true), cell.slots,
                     {gradients[kGateBias], GateSlots(cell.bias_slots)},
                     {gradients[kRecurrentBias], GateSlots(cell.recurrent_bias_slots)});
  if (layer_.desc.peephole != CLN_PEEPHOLE_NONE && gradients[kPeephole] != nullptr)
    add_peephole_gradients(stream_, call,
                           {slots_of(false), tape_.cell.floats(steps.begin), batch_,
                            layer_.desc.peephole == CLN_PEEPHOLE_PER_PIXEL, gradients[kPeephole]});
  const auto add_norm = [&](std::size_t index, const RowsView& raw, StepRange range) {
    const StepNorm& norm = layer_.plan.norms[index];
    NormParameterGradient work{};
    work.raw = raw;
    work.norm = this->norm(index, range.begin);
    work.slots = slots_of(false);
    const std::int64_t skipped = (range.begin - first_) * batch_ * grid_.area;
    for (int slot = 0; slot < cell.slots; ++slot)
      work.slots.data[slot] =
          static_cast<const float*>(work.slots.data[slot]) + skipped * work.slots.pixel[slot];
    work.gates = norm.gates;
    work.per_pixel = norm.scale != kNormScale;
    const std::int64_t row = norm.first_row * static_cast<std::int64_t>(grid_.channels);
    const std::int64_t first = work.per_pixel ? row * grid_.area : row;
    work.scale = gradients[norm.scale] != nullptr ? gradients[norm.scale] + first : nullptr;
    work.shift = gradients[norm.scale + 1] != nullptr ? gradients[norm.scale + 1] + first : nullptr;
    add_norm_gradients(stream_, {grid_, (range.end - range.begin) * batch_, scale(), room_}, work);
  };
  for (std::size_t index = 0; index < layer_.plan.stages.size(); ++index) {
    const StepStage& stage = layer_.plan.stages[index];
    if (stage.norm != kNone)
      add_norm(stage.norm,
               {tape_.joined[index].at(steps.begin), grid_.padded, stage.plan.slots * grid_.padded,
                Element::kFloat32},
               steps);
  }
  for (std::size_t c = 0; c < layer_.plan.convolutions.size(); ++c) {
    const StepConvolution& convolution = layer_.plan.convolutions[c];
    const StepRange range = convolution.plan.source == kFromInput ? input_of(steps) : steps;
    if (convolution.norm != kNone && range.begin < range.end)
      add_norm(convolution.norm, sums(c, range.begin), range);
  }
}

}  // namespace convlstm::cuda
