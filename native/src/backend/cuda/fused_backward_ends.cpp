// What the fused backward does once for a window of steps: gradients of x and of parameters.
#include <algorithm>

#include "backend/cuda/fused_backward.h"

namespace convlstm::cuda {

StepRange FusedBackward::input_of(const BackwardCall& call, StepRange steps) {
  if (call.x.data == nullptr) return {steps.begin, steps.begin};
  const std::int64_t begin = std::max(steps.begin, call.input.begin);
  return {begin, std::max(begin, std::min(steps.end, call.input.end))};
}

void FusedBackward::add_input_gradient(const BackwardCall& call, const Window& window,
                                       const FusedWeights& weights) {
  const StepRange inputs = input_of(call, window.steps);
  if (call.dx.data == nullptr || plan_.x.stages == 0 || inputs.begin == inputs.end) return;
  const StepwiseSizes& sizes = layer_.sizes;
  FusedInputGradient work{};
  work.h = step_after(weights, rows(window.arrays, window.steps.end - inputs.begin)).h;
  work.h.stride = position_of(layer_.desc.input.stride);
  work.vectors = x_vectors_.as<const SourceVector>();
  work.kernel = weights.kernels();
  work.columns = plan_.x.columns;
  work.stages = plan_.x.stages;
  work.pixels = static_cast<std::int32_t>((inputs.end - inputs.begin) * sizes.batch * sizes.input.area);
  work.place = PixelSplit(position_of(layer_.shape_in.size));
  work.to = view_of(call.dx, sizes.input.area);
  work.to.data += inputs.begin * work.to.step;
  work.channels = sizes.input.channels;
  work.batch = Divisor(static_cast<std::int32_t>(sizes.batch));
  work.scale = scale(window.arrays);
  run_fused_input_gradient(layer_.device->stream, products_, plan_.x.cut.tile, work);
}

void FusedBackward::add_kernel_gradients(const BackwardCall& call, const Window& window) {
  const Gradients& gradients = call.gradients[0];
  float* const of_x = plan_.x.stages > 0 ? gradients[kInputKernel] : nullptr;
  float* const of_h = gradients[kRecurrentKernel];
  if (of_x == nullptr && of_h == nullptr) return;
  const StepwiseSizes& sizes = layer_.sizes;
  const std::int64_t first = window.steps.begin, steps = window.steps.end - first;
  const KernelCut cut = cut_kernels(steps);
  FusedKernelGradient work{};
  work.rows = rows(window.arrays, steps);
  work.row_vectors = 4 * sizes.grid.padded / forward_.vector_channels;
  const Position grid = position_of(forward_.h_axes.output());
  work.h = {window.tape.sources[kFromHidden].at(first), grid, {1, 1, 1}, sizes.grid.padded};
  if (plan_.x.stages > 0) {
    work.x = {window.tape.sources[kFromInput].at(first), position_of(layer_.shape_in.size),
              position_of(layer_.desc.input.stride), sizes.input.padded};
    const StepRange inputs = input_of(call, window.steps);
    work.x_begin = static_cast<std::int32_t>((inputs.begin - first) * sizes.batch);
    work.x_end = static_cast<std::int32_t>((inputs.end - first) * sizes.batch);
  }
  work.vectors = forward_vectors_.as<const SourceVector>();
  work.x_vectors = forward_.h.first_stage * kStageVectors;
  work.vector_count = forward_.stages() * kStageVectors;
  work.pixels = static_cast<std::int32_t>(steps * sizes.batch * sizes.grid.area);
  work.place = PixelSplit(grid);
  work.parts = cut.parts;
  work.part_stages = cut.part_stages;
  work.sums = window.arrays.kernel_sums;
  run_fused_kernel_gradient(layer_.device->stream, products_, cut.tile, work);
  KernelSums sums{};
  sums.x = forward_.x;
  sums.h = forward_.h;
  sums.sums = work.sums;
  sums.parts = cut.parts;
  sums.vector_channels = forward_.vector_channels;
  sums.padded = sizes.grid.padded;
  sums.row_count = cut.rows;
  sums.column_count = cut.columns;
  sums.hidden = layer_.desc.hidden_channels;
  sums.scale = scale(window.arrays);
  sums.x_gradient = of_x;
  sums.h_gradient = of_h;
  add_kernel_sums(layer_.device->stream, sums);
}

void FusedBackward::add_other_gradients(const BackwardCall& call, const Window& window) {
  const Gradients& gradients = call.gradients[0];
  const CellPlan& cell = layer_.plan.cell;
  const StepwiseSizes& sizes = layer_.sizes;
  const std::int64_t steps = window.steps.end - window.steps.begin;
  Stream& stream = layer_.device->stream;
  SlotGradients slots;
  slots.element = sizes.element;
  const std::size_t gate_bytes = static_cast<std::size_t>(sizes.grid.padded) * bytes_of(sizes.element);
  for (std::size_t gate = 0; gate < 4; ++gate) {
    slots.data[gate] = rows(window.arrays, steps) + gate * gate_bytes;
    slots.pixel[gate] = 4 * sizes.grid.padded;
  }
  const GradientCall of{sizes.grid, steps * sizes.batch, scale(window.arrays), window.arrays.room};
  const BiasTarget bias{gradients[kGateBias], GateSlots(cell.bias_slots)};
  const BiasTarget recurrent{gradients[kRecurrentBias], GateSlots(cell.recurrent_bias_slots)};
  const bool has_peepholes = layer_.desc.peephole != CLN_PEEPHOLE_NONE && gradients[kPeephole] != nullptr;
  const bool is_per_pixel = layer_.desc.peephole == CLN_PEEPHOLE_PER_PIXEL;
  const PeepholeGradient peepholes{
      slots, window.tape.cell.slots > 0 ? window.tape.cell.floats(window.steps.begin) : nullptr, sizes.batch,
      is_per_pixel, gradients[kPeephole]};
  if (has_peepholes && !is_per_pixel)
    return add_bias_and_peephole_gradients(stream, of, peepholes, bias, recurrent);
  add_bias_gradients(stream, of, slots, cell.slots, bias, recurrent);
  if (has_peepholes) add_peephole_gradients(stream, of, peepholes);
}

}  // namespace convlstm::cuda
