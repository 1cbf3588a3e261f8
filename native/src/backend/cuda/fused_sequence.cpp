#include "backend/cuda/fused_sequence.h"

#include <algorithm>

#include "backend/cuda/fused_plan.h"
#include "backend/cuda/layouts.h"
#include "backend/cuda/pieces.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {
namespace {

constexpr std::size_t kInputLimit = std::size_t{256} << 20;  // of the elements of x in working memory

// Images without copies.
SourceView images_at(void* data, const ImageGrid& grid) {
  return {data, 0, grid.padded, 1, -1};
}

}  // namespace

FusedArrays::FusedArrays(const StepwiseLayer& layer, const FusedUse& use, const StepwiseTape* tape,
                         void* memory, std::size_t own_x_bytes, std::int64_t h_slots) {
  const StepwiseSizes& sizes = layer.sizes;
  const auto element_bytes = [&](std::int64_t count) {
    return static_cast<std::size_t>(count) * bytes_of(layer.precision.element);
  };
  const std::size_t x_bytes = element_bytes(sizes.input.count(sizes.batch));
  Pieces pieces(memory);
  window = layer.window(use.steps, std::max(x_bytes, own_x_bytes), kInputLimit);
  const auto take = [&](std::size_t step_bytes, std::int64_t slots) {
    TapePart part{step_bytes, slots};
    part.data = static_cast<char*>(pieces.take(part.bytes()));
    return part;
  };
  if (own_x_bytes > 0 && use.has_x) own_x = take(own_x_bytes, window);
  if (tape != nullptr) {
    if (use.has_x) x = tape->sources[kFromInput];
    h = tape->sources[kFromHidden];
    c = tape->cell;
    gates = tape->gates;
  } else {
    if (use.has_x && own_x_bytes == 0) x = take(x_bytes, window);
    h = take(element_bytes(sizes.slot_count()), h_slots);
    c = take(static_cast<std::size_t>(sizes.slot_count()) * sizeof(float), 1);
  }
  // Where steps are left out, h stays what it was and is not rounded.
  if (use.is_masked && sizes.element != Element::kFloat32) hidden = pieces.floats(sizes.slot_count());
  bytes = pieces.used();
}

void FusedSequence::load_states() const {
  for (const std::size_t part : {kHidden, kCell}) {
    LoadState work{};
    work.grid = layer.sizes.grid;
    work.from = part_of(call.initial, part);
    work.to = part == kHidden ? arrays.hidden : arrays.c.floats(0);
    if (part == kHidden) work.sources[work.source_count++] = images_at(arrays.h.at(0), work.grid);
    load_state(layer.device->stream, work, layer.sizes.element, layer.sizes.batch);
  }
}

StepRange FusedSequence::input_of(StepRange steps) const {
  if (call.x.data == nullptr) return {steps.begin, steps.begin};
  const std::int64_t begin = std::max(steps.begin, call.input.begin);
  return {begin, std::max(begin, std::min(steps.end, call.input.end))};
}

// All steps of a window lie one behind the other.
void FusedSequence::pack_input(StepRange steps) const {
  const auto [begin, end] = input_of(steps);
  if (arrays.x.data == nullptr || begin == end) return;
  PackFrames work{};
  work.grid = layer.sizes.input;
  work.batch = layer.sizes.batch;
  work.from = view_of(call.x, work.grid.area);
  work.from.data += begin * work.from.step;
  work.to = images_at(arrays.x.at(begin), work.grid);
  if (call.mask.active != nullptr) work.active = call.mask.active + begin * call.mask.step_stride;
  work.mask_step = call.mask.step_stride;
  work.mask_batch = call.mask.batch_stride;
  pack_frames(layer.device->stream, work, layer.sizes.element, end - begin);
}

void FusedSequence::store_cell() const {
  StoreState work{};
  work.to = part_of(call.final, kCell);
  if (work.to == nullptr) return;
  work.from = arrays.c.floats(call.steps);
  work.grid = layer.sizes.grid;
  store_state(layer.device->stream, work, layer.sizes.element, layer.sizes.batch);
}

// In the order and form of the tape.
void FusedSequence::set_gates(FusedStep& step, std::int64_t t) const {
  if (arrays.gates.slots == 0) return;
  const std::size_t slot = arrays.gates.step / 4;
  for (std::size_t gate = 0; gate < 4; ++gate) {
    step.gates[gate].data = arrays.gates.at(t) + gate * slot;
    if (layer.sizes.halves_gates)
      step.gates[gate].kept = gate == conv_lstm::kG ? Kept::kBfloat16 : Kept::kUnit16;
  }
}

FusedStep FusedSequence::step(std::int64_t t) const {
  const RecurrentDesc& desc = layer.desc;
  const StepwiseSizes& sizes = layer.sizes;
  const StepMask& mask = call.mask;
  const PackedWeights& tables = weights.tables();
  FusedStep step{};
  if (reads_x(t) && arrays.x.data != nullptr)
    step.x = {arrays.x.at(t), position_of(layer.shape_in.size), position_of(desc.input.stride),
              sizes.input.padded};
  const Position size = position_of(state_size(desc, layer.shape_in.size));
  step.place = PixelSplit(size);
  step.h = {arrays.h.at(t), size, {1, 1, 1}, sizes.grid.padded};
  step.h_after = arrays.h.at(t + 1);
  step.kernel = weights.kernels();
  step.pixels = static_cast<std::int32_t>(sizes.batch * sizes.grid.area);
  step.grid = sizes.grid;
  step.math = {desc.gate_activation, desc.cell_activation, desc.cell_clip};
  step.bias = tables.bias(0);
  if (desc.peephole != CLN_PEEPHOLE_NONE) {
    step.peephole = tables.table(kPeephole, 0);
    const auto rows = static_cast<std::int32_t>(tables.table_rows(kPeephole));
    step.peephole_pixel = desc.peephole == CLN_PEEPHOLE_PER_PIXEL ? rows * sizes.grid.padded : 0;
  }
  step.active = mask.active != nullptr ? mask.active + t * mask.step_stride : nullptr;
  step.emits = mask.emits != nullptr ? mask.emits + t * mask.step_stride : nullptr;
  step.mask_stride = mask.batch_stride;
  step.c_before = arrays.c.floats(t);
  step.c_after = arrays.c.floats(t + 1);
  step.hidden = arrays.hidden;
  set_gates(step, t);
  const bool is_last = t + 1 == call.steps;
  if (is_last) step.final = dense_view(part_of(call.final, kHidden), sizes.grid.channels, sizes.grid.area);
  if (call.y.data != nullptr && (desc.output == CLN_OUTPUT_SEQUENCE || is_last)) {
    step.y = view_of(call.y, sizes.grid.area);
    if (desc.output == CLN_OUTPUT_SEQUENCE) step.y.data += t * step.y.step;
  }
  return step;
}

}  // namespace convlstm::cuda
