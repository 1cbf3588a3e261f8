#include "backend/cuda/fused_backward.h"

#include <algorithm>
#include <limits>

#include "backend/cuda/layouts.h"
#include "backend/cuda/pieces.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {
namespace {

// What stays in dh besides the product: where steps are left out.
bool keeps_dh(const BackwardCall& call) {
  return call.mask.active != nullptr;
}

}  // namespace

FusedBackward::FusedBackward(const StepwiseLayer& layer, std::optional<FusedTile> tile, std::size_t row_limit)
    : layer_(layer),
      forward_(layer.desc, layer.shape_in.size, layer.precision.element, FusedCut{}),
      products_(products_of(layer)),
      row_limit_(row_limit),
      plan_(forward_, figures_of(*layer.device), products_, layer.shape_in, tile),
      forward_vectors_(upload(layer.device, forward_.vectors())),
      h_vectors_(upload(layer.device, plan_.vectors(plan_.h, forward_.h_axes))),
      split_(layer.device, plan_.h.cut, forward_.size(layer.sizes.batch).pixels, plan_.h.columns) {
  if (plan_.x.stages > 0) x_vectors_ = upload(layer.device, plan_.vectors(plan_.x, forward_.x_axes));
}

std::size_t FusedBackward::workspace_bytes() const {
  return memory_.bytes() + forward_vectors_.bytes() + x_vectors_.bytes() + h_vectors_.bytes() +
         split_.bytes();
}

const float* FusedBackward::scale(const Arrays& arrays) const {
  return layer_.sizes.element == Element::kFloat16 ? arrays.scale.get() : nullptr;
}

char* FusedBackward::rows(const Arrays& arrays, std::int64_t steps_to_end) const {
  const auto slot = static_cast<std::size_t>(4 * layer_.sizes.slot_count()) * bytes_of(layer_.sizes.element);
  return arrays.rows + static_cast<std::size_t>(arrays.window - steps_to_end) * slot;
}

FusedBackward::KernelCut FusedBackward::cut_kernels(std::int64_t steps) const {
  const auto blocks = [](std::int64_t count, std::int64_t size) { return (count + size - 1) / size; };
  const std::int64_t rows = 4 * static_cast<std::int64_t>(layer_.sizes.grid.padded);
  const std::int64_t columns =
      static_cast<std::int64_t>(forward_.stages()) * kStageVectors * forward_.vector_channels;
  KernelCut cut;
  cut.tile = rows > 64 && columns > 64 ? GradientTile::k128 : GradientTile::k64;
  const std::int64_t size = size_of(cut.tile), down = blocks(rows, size), across = blocks(columns, size);
  cut.rows = down * size;
  cut.columns = across * size;
  // Two blocks for every multiprocessor, of at least kLeast stages.
  constexpr std::int64_t kLeast = 16, kMostBlocks = 65535;
  const std::int64_t stages = blocks(steps * layer_.sizes.batch * layer_.sizes.grid.area,
                                     stage_pixels(static_cast<int>(bytes_of(layer_.sizes.element))));
  const std::int64_t wanted = blocks(2 * layer_.device->stream.multiprocessors(), down * across);
  cut.most_parts = std::clamp<std::int64_t>(stages / kLeast, 1, std::min(wanted, kMostBlocks));
  cut.part_stages = static_cast<std::int32_t>(blocks(stages, cut.most_parts));
  cut.parts = static_cast<std::int32_t>(blocks(stages, cut.part_stages));
  return cut;
}

FusedBackward::Arrays FusedBackward::arrays(const BackwardCall& call, void* memory) const {
  const StepwiseSizes& sizes = layer_.sizes;
  const auto slot = static_cast<std::size_t>(4 * sizes.slot_count()) * bytes_of(sizes.element);
  // Pixels of a window are counted in 32 bits.
  const std::int64_t area = std::max(sizes.grid.area, sizes.input.area);
  const std::int64_t most = std::numeric_limits<std::int32_t>::max() / 2 / (sizes.batch * area);
  Pieces pieces(memory);
  Arrays arrays;
  arrays.window = std::clamp<std::int64_t>(layer_.window(call.steps, slot, row_limit_), 2,
                                           std::max<std::int64_t>(most, 2));
  arrays.rows = static_cast<char*>(pieces.take(slot * static_cast<std::size_t>(arrays.window)));
  arrays.dc = pieces.floats(sizes.slot_count());
  arrays.dh = pieces.floats(sizes.slot_count());
  const KernelCut cut = cut_kernels(arrays.window);
  arrays.kernel_sums = pieces.floats(cut.most_parts * cut.rows * cut.columns);
  arrays.room = pieces.floats(gradient_room(sizes.grid, arrays.window * sizes.batch, conv_lstm::kGates));
  arrays.scale = GradientScale(static_cast<float*>(pieces.take(GradientScale::kBytes)));
  arrays.bytes = pieces.used();
  return arrays;
}

void FusedBackward::run(const BackwardCall& call, const StepwiseTape& tape) {
  const ParameterViews& parameters = call.parameters[0];
  const auto weights = FusedWeights::of(parameters, layer_.device, packing_of(plan_, layer_.sizes.element),
                                        tables_of(layer_, parameters));
  weights->refresh(parameters);
  reserve(memory_, layer_.device, arrays(call, nullptr).bytes, recordings_);
  const Arrays arrays = this->arrays(call, memory_.data());
  recordings_.run(layer_.device->stream, key_of(call), weights, [&] { queue(call, tape, *weights, arrays); });
}

void FusedBackward::queue(const BackwardCall& call, const StepwiseTape& tape, const FusedWeights& weights,
                          const Arrays& arrays) {
  choose_scale(call, arrays);
  load_states(call, arrays);
  for (std::int64_t end = call.steps; end > 0;) {
    const Window window{{std::max<std::int64_t>(end - arrays.window, 0), end}, arrays, tape};
    for (std::int64_t t = end - 1; t >= window.steps.begin; --t) run_step(call, window, weights, t);
    add_input_gradient(call, window, weights);
    add_kernel_gradients(call, window);
    add_other_gradients(call, window);
    end = window.steps.begin;
    if (end == 0 && part_of(call.dinitial, kHidden) != nullptr)
      give_state(weights, arrays, rows(arrays, window.steps.end), keeps_dh(call));
  }
  store_states(call, arrays);
}

void FusedBackward::choose_scale(const BackwardCall& call, const Arrays& arrays) {
  if (scale(arrays) == nullptr) return;
  Stream& stream = layer_.device->stream;
  const ImageGrid& grid = layer_.sizes.grid;
  arrays.scale.begin(stream);
  if (call.dy.data != nullptr)
    arrays.scale.look_at(stream, view_of(call.dy, grid.area), grid,
                         layer_.desc.output == CLN_OUTPUT_LAST ? 1 : call.steps, layer_.sizes.batch);
  for (const std::size_t part : {kHidden, kCell})
    if (const float* from = part_of(call.dfinal, part))
      arrays.scale.look_at(stream, from, layer_.sizes.batch * grid.channels * grid.area);
  arrays.scale.end(stream);
}

void FusedBackward::load_states(const BackwardCall& call, const Arrays& arrays) {
  for (const std::size_t part : {kHidden, kCell}) {
    LoadState work{};
    work.from = part_of(call.dfinal, part);
    work.to = part == kHidden ? arrays.dh : arrays.dc;
    work.grid = layer_.sizes.grid;
    work.scale = scale(arrays);
    load_state(layer_.device->stream, work, layer_.sizes.element, layer_.sizes.batch);
  }
}

void FusedBackward::store_states(const BackwardCall& call, const Arrays& arrays) {
  for (const std::size_t part : {kHidden, kCell}) {
    StoreState work{};
    work.to = part_of(call.dinitial, part);
    if (work.to == nullptr) continue;
    work.from = part == kHidden ? arrays.dh : arrays.dc;
    work.grid = layer_.sizes.grid;
    work.scale = scale(arrays);
    store_state(layer_.device->stream, work, layer_.sizes.element, layer_.sizes.batch);
  }
}

// Its product is of `rows`; null: there is none.
FusedBackwardStep FusedBackward::step_after(const FusedWeights& weights, const void* rows) const {
  const StepwiseSizes& sizes = layer_.sizes;
  const Position size = position_of(forward_.h_axes.output());
  FusedBackwardStep step{};
  step.h = {rows, size, {1, 1, 1}, 4 * sizes.grid.padded};
  step.vectors = h_vectors_.as<const SourceVector>();
  step.kernel = static_cast<const char*>(weights.kernels()) + hidden_kernel_offset(plan_);
  step.columns = plan_.h.columns;
  step.stages = rows != nullptr ? plan_.h.stages : 0;
  step.pixels = static_cast<std::int32_t>(sizes.batch * sizes.grid.area);
  step.place = PixelSplit(size);
  if (rows != nullptr) step.split = split_.view();
  step.grid = sizes.grid;
  return step;
}

void FusedBackward::run_step(const BackwardCall& call, const Window& window, const FusedWeights& weights,
                             std::int64_t t) {
  const RecurrentDesc& desc = layer_.desc;
  const StepwiseSizes& sizes = layer_.sizes;
  const StepMask& mask = call.mask;
  const Arrays& arrays = window.arrays;
  const std::int64_t to_end = window.steps.end - t;
  // The last step of a window follows on the first one of the window before it, which is full.
  const bool is_last = t + 1 == call.steps;
  FusedBackwardStep step =
      step_after(weights, is_last ? nullptr : rows(arrays, to_end > 1 ? to_end - 1 : arrays.window));
  step.math = {desc.gate_activation, desc.cell_activation, desc.cell_clip};
  if (desc.peephole != CLN_PEEPHOLE_NONE) {
    step.peephole = weights.tables().table(kPeephole, 0);
    const auto table_rows = static_cast<std::int32_t>(weights.tables().table_rows(kPeephole));
    step.peephole_pixel = desc.peephole == CLN_PEEPHOLE_PER_PIXEL ? table_rows * sizes.grid.padded : 0;
  }
  step.active = mask.active != nullptr ? mask.active + t * mask.step_stride : nullptr;
  step.emits = mask.emits != nullptr ? mask.emits + t * mask.step_stride : nullptr;
  step.mask_stride = mask.batch_stride;
  const bool is_sequence = desc.output == CLN_OUTPUT_SEQUENCE;
  if (call.dy.data != nullptr && (is_sequence || is_last)) {
    step.dy = view_of(call.dy, sizes.grid.area);
    if (is_sequence) step.dy.data += t * step.dy.step;
  }
  step.scale = scale(arrays);
  const TapePart& gates = window.tape.gates;
  for (std::size_t gate = 0; gate < 4; ++gate) {
    step.gates[gate].data = gates.at(t) + gate * (gates.step / 4);
    if (sizes.halves_gates) step.gates[gate].kept = gate == conv_lstm::kG ? Kept::kBfloat16 : Kept::kUnit16;
  }
  step.c_before = window.tape.cell.floats(t);
  step.c = window.tape.cell.floats(t + 1);
  if (is_last || keeps_dh(call)) step.dh_more = arrays.dh;
  if (keeps_dh(call)) step.dh_left = arrays.dh;
  step.dc = arrays.dc;
  step.rows = rows(arrays, to_end);
  run_fused_backward_step(layer_.device->stream, products_, plan_.h.cut.tile, step);
}

void FusedBackward::give_state(const FusedWeights& weights, const Arrays& arrays, const void* rows,
                               bool has_more) {
  FusedBackwardStep step = step_after(weights, rows);
  if (has_more) step.dh_more = arrays.dh;
  step.dh_left = arrays.dh;
  run_fused_backward_step(layer_.device->stream, products_, plan_.h.cut.tile, step);
}

}  // namespace convlstm::cuda
