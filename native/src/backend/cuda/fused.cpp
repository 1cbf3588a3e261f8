#include "backend/cuda/fused.h"

#include <algorithm>
#include <limits>
#include <string>

#include "backend/cuda/layouts.h"
#include "backend/cuda/pieces.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {
namespace {

constexpr std::size_t kInputLimit = std::size_t{256} << 20;  // of the elements of x in working memory

Position position(const Size3& size) {
  return {static_cast<std::int32_t>(size.d), static_cast<std::int32_t>(size.h),
          static_cast<std::int32_t>(size.w)};
}

// Images without copies.
SourceView view_of(void* data, const ImageGrid& grid) {
  return {data, 0, grid.padded, 1, -1};
}

FusedTile best_tile(const StepwiseLayer& layer) {
  const std::int64_t groups = (layer.desc.hidden_channels + kGroupChannels - 1) / kGroupChannels;
  return choose_tile(layer.sizes.batch * layer.sizes.grid.area, groups,
                     layer.device->stream.multiprocessors());
}

HopperTile best_hopper_tile(const StepwiseLayer& layer) {
  const std::int64_t groups = (layer.desc.hidden_channels + kGroupChannels - 1) / kGroupChannels;
  return choose_hopper_tile(layer.sizes.batch * layer.sizes.grid.area, groups,
                            layer.device->stream.multiprocessors());
}

const char* name_of(FusedProducts products) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return "bfloat16";
    case FusedProducts::kFloat16:
      return "float16";
    case FusedProducts::kTf32:
      return "tf32";
    case FusedProducts::kThreeTf32:
      return "three products of tf32";
    case FusedProducts::kPlain:
      return "float32, on the ordinary units";
  }
  return "";
}

bool has_input(const ForwardCall& call, std::int64_t t) {
  return call.x.data != nullptr && call.input.contains(t);
}

bool is_masked(const ForwardCall& call) {
  return call.mask.active != nullptr;
}

}  // namespace

Verdict Fused::supports(const RecurrentDesc& desc, const InputShape& shape) {
  if (desc.cell != CLN_CELL_CONV_LSTM) return {"its cell is not a ConvLSTM"};
  if (desc.normalization != CLN_NORMALIZATION_NONE) return {"it normalizes its sums"};
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const Size3 grid = state_size(desc, shape.size);
  // Offsets of kernel elements and numbers of vectors are added to those of pixels in 32 bits.
  const auto reach = [](const Size3& kernel, const Size3& dilation) {
    return std::max({kernel.d * dilation.d, kernel.h * dilation.h, kernel.w * dilation.w});
  };
  if (shape.batch * std::max(grid.area(), shape.size.area()) > kMost / 4)
    return {"its batch has 2^29 pixels or more"};
  if (std::max(reach(desc.input.kernel, desc.input.dilation),
               reach(desc.recurrent_kernel, desc.recurrent_dilation)) > kMost / 4)
    return {"its kernels reach over 2^29 pixels or more"};
  if (desc.input.kernel.area() * (desc.input_channels + 8) > kMost / 4 ||
      desc.recurrent_kernel.area() * (desc.hidden_channels + 8) > kMost / 4)
    return {"its kernels have rows of 2^29 numbers or more"};
  if (desc.hidden_channels > 65535 * kGroupChannels) return {"it has more than 524280 hidden channels"};
  return {};
}

Fused::Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
             std::optional<FusedTile> tile)
    : layer_(device, desc, shape),
      training_(device, desc, shape),
      plan_(desc, shape.size, layer_.precision.element, tile ? *tile : best_tile(layer_)) {
  const std::vector<SourceVector> vectors = plan_.vectors();
  vectors_ = DeviceMemory(device, vectors.size() * sizeof(SourceVector));
  device->stream.copy_to_device(vectors_.data(), vectors.data(), vectors_.bytes());
  if (!tile && HopperPlan::supports(*device, desc, shape))
    hopper_.emplace(desc, shape, layer_.precision.element, best_hopper_tile(layer_));
}

Fused::Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
             HopperTile tile)
    : Fused(std::move(device), desc, shape) {
  hopper_.emplace(desc, shape, layer_.precision.element, tile);
}

std::size_t Fused::workspace_bytes() const {
  return memory_.bytes() + vectors_.bytes() + training_.workspace_bytes();
}

ExecutorPlan Fused::plan() const {
  TileSize tile = size_of(plan_.tile);
  std::int64_t depth_bytes = static_cast<std::int64_t>(plan_.stages()) * kStageVectors * kVectorBytes;
  std::int32_t columns = plan_.columns;
  if (hopper_) {
    const HopperTileSize of_hopper = size_of(hopper_->tile);
    tile = {of_hopper.pixels, of_hopper.columns};
    depth_bytes = static_cast<std::int64_t>(hopper_->stages()) * kHopperStageBytes;
    columns = hopper_->columns;
  }
  const std::int64_t pixels = layer_.sizes.batch * layer_.sizes.grid.area;
  const std::int64_t rows = (pixels + tile.pixels - 1) / tile.pixels * tile.pixels;
  ExecutorPlan plan;
  plan.algorithm =
      std::string(hopper_ ? "implicit matrix product of warpgroups, " : "implicit matrix product, ") +
      name_of(products_of(layer_.precision, layer_.device->is_exact));
  plan.tiling =
      std::to_string(tile.pixels) + " pixels by 4 gates of " + std::to_string(tile.columns / 4) + " channels";
  if (plan_.x.stages > 0) plan.input = "folded";
  plan.weight_bytes = depth_bytes * columns;
  plan.work_bytes = static_cast<std::int64_t>(workspace_bytes());
  plan.multiply_adds = static_cast<double>(
      rows * columns * (depth_bytes / static_cast<std::int64_t>(bytes_of(layer_.sizes.element))));
  return plan;
}

std::size_t Fused::element_bytes(std::int64_t count) const {
  return static_cast<std::size_t>(count) * bytes_of(layer_.precision.element);
}

Fused::Arrays Fused::arrays(const ForwardCall& call, void* memory) const {
  const StepwiseSizes& sizes = layer_.sizes;
  const std::size_t x_bytes = element_bytes(sizes.input.count(sizes.batch));
  Pieces pieces(memory);
  Arrays arrays;
  arrays.window = layer_.window(call.steps, x_bytes, kInputLimit);
  if (call.reserve != nullptr) {
    const StepwiseTape tape = make_tape(layer_.desc, layer_.plan, sizes, call.steps, arrays.window, true)
                                  .over(call.reserve, nullptr);
    arrays.x = tape.sources[kFromInput];
    arrays.h = tape.sources[kFromHidden];
    arrays.c = tape.cell;
    arrays.gates = tape.gates;
  } else {
    const auto take = [&](std::size_t bytes, std::int64_t slots) {
      TapePart part{bytes, slots};
      part.data = static_cast<char*>(pieces.take(part.bytes()));
      return part;
    };
    if (layer_.desc.input_channels > 0) arrays.x = take(x_bytes, arrays.window);
    arrays.h = take(element_bytes(sizes.slot_count()), 2);
    arrays.c = take(static_cast<std::size_t>(sizes.slot_count()) * sizeof(float), 1);
  }
  // Where steps are left out, h stays what it was and is not rounded.
  if (is_masked(call) && sizes.element != Element::kFloat32)
    arrays.hidden = pieces.floats(sizes.slot_count());
  arrays.bytes = pieces.used();
  return arrays;
}

void Fused::forward(const ForwardCall& call) {
  const bool drops = layer_.desc.input_dropout > 0 || layer_.desc.recurrent_dropout > 0;
  if (drops && call.dropout.is_active) return training_.forward(call);
  const ParameterViews& parameters = call.parameters[0];
  const Weights weights = this->weights(parameters);
  const std::size_t bytes = arrays(call, nullptr).bytes;
  if (bytes > memory_.bytes()) {
    recordings_.clear();
    memory_ = DeviceMemory();  // first, so that both need not fit
    memory_ = DeviceMemory(layer_.device, bytes);
  }
  const Arrays arrays = this->arrays(call, memory_.data());
  recordings_.run(layer_.device->stream, key_of(call), weights.keeps, [&] { queue(call, weights, arrays); });
}

Fused::Weights Fused::weights(const ParameterViews& parameters) const {
  auto tables = PackedWeights::of(parameters, layer_.device, layer_.desc, layer_.plan.cell, layer_.sizes.grid,
                                  layer_.sizes.element, PackedWeights::Parts::kAllButKernels);
  const auto refreshed = [&](const auto& weights) -> Weights {
    weights->refresh(parameters);
    return {weights->kernel(), weights->tables(), weights};
  };
  if (hopper_)
    return refreshed(HopperWeights::of(parameters, layer_.device, layer_.desc, *hopper_, layer_.sizes.element,
                                       std::move(tables)));
  return refreshed(FusedWeights::of(parameters, layer_.device, layer_.desc, plan_, layer_.sizes.element,
                                    std::move(tables)));
}

void Fused::queue(const ForwardCall& call, const Weights& weights, const Arrays& arrays) {
  load_states(call, arrays);
  for (std::int64_t begin = 0; begin < call.steps; begin += arrays.window) {
    const StepRange steps{begin, std::min(begin + arrays.window, call.steps)};
    pack_input(call, steps, arrays);
    for (std::int64_t t = steps.begin; t < steps.end; ++t) run_step(call, weights, arrays, t);
  }
  StoreState work{};
  work.to = part_of(call.final, kCell);
  work.from = arrays.c.floats(call.steps);
  work.grid = layer_.sizes.grid;
  if (work.to != nullptr) store_state(layer_.device->stream, work, layer_.sizes.element, layer_.sizes.batch);
}

void Fused::load_states(const ForwardCall& call, const Arrays& arrays) {
  for (const std::size_t part : {kHidden, kCell}) {
    LoadState work{};
    work.grid = layer_.sizes.grid;
    work.from = part_of(call.initial, part);
    work.to = part == kHidden ? arrays.hidden : arrays.c.floats(0);
    if (part == kHidden) work.sources[work.source_count++] = view_of(arrays.h.at(0), work.grid);
    load_state(layer_.device->stream, work, layer_.sizes.element, layer_.sizes.batch);
  }
}

// Windows begin at multiples of their length: all their steps lie one behind the other.
void Fused::pack_input(const ForwardCall& call, StepRange steps, const Arrays& arrays) {
  const std::int64_t begin = std::max(steps.begin, call.input.begin),
                     end = std::min(steps.end, call.input.end);
  if (arrays.x.data == nullptr || call.x.data == nullptr || begin >= end) return;
  PackFrames work{};
  work.grid = layer_.sizes.input;
  work.batch = layer_.sizes.batch;
  work.from = view_of(call.x, work.grid.area);
  work.from.data += begin * work.from.step;
  work.to = view_of(arrays.x.at(begin), work.grid);
  if (is_masked(call)) work.active = call.mask.active + begin * call.mask.step_stride;
  work.mask_step = call.mask.step_stride;
  work.mask_batch = call.mask.batch_stride;
  pack_frames(layer_.device->stream, work, layer_.sizes.element, end - begin);
}

// In the order and form of the tape.
void Fused::set_gates(FusedStep& step, const Arrays& arrays, std::int64_t t) const {
  if (arrays.gates.slots == 0) return;
  const std::size_t slot = arrays.gates.step / 4;
  for (std::size_t gate = 0; gate < 4; ++gate) {
    step.gates[gate].data = arrays.gates.at(t) + gate * slot;
    if (layer_.sizes.halves_gates)
      step.gates[gate].kept = gate == conv_lstm::kG ? Kept::kBfloat16 : Kept::kUnit16;
  }
}

void Fused::run_step(const ForwardCall& call, const Weights& weights, const Arrays& arrays, std::int64_t t) {
  const RecurrentDesc& desc = layer_.desc;
  const StepwiseSizes& sizes = layer_.sizes;
  const StepMask& mask = call.mask;
  FusedStep step{};
  const bool reads_x = arrays.x.data != nullptr && has_input(call, t);
  if (reads_x) {
    step.x.data = arrays.x.at(t);
    step.x.size = position(layer_.shape_in.size);
    step.x.stride = position(desc.input.stride);
    step.x.padded = sizes.input.padded;
  }
  const Position size = position(plan_.h_axes.output());
  step.place = PixelSplit(size);
  step.h = {arrays.h.at(t), size, {1, 1, 1}, sizes.grid.padded};
  step.h_after = arrays.h.at(t + 1);
  step.vectors = vectors_.as<const SourceVector>();
  step.kernel = weights.kernel;
  step.columns = plan_.columns;
  step.first_stage = reads_x ? 0 : plan_.h.first_stage;
  step.x_stages = plan_.h.first_stage;
  step.stages = plan_.stages();
  step.pixels = static_cast<std::int32_t>(sizes.batch * sizes.grid.area);
  step.grid = sizes.grid;
  step.math = {desc.gate_activation, desc.cell_activation, desc.cell_clip};
  step.bias = weights.tables.bias(0);
  if (desc.peephole != CLN_PEEPHOLE_NONE) {
    step.peephole = weights.tables.table(kPeephole, 0);
    const auto rows = static_cast<std::int32_t>(weights.tables.table_rows(kPeephole));
    step.peephole_pixel = desc.peephole == CLN_PEEPHOLE_PER_PIXEL ? rows * sizes.grid.padded : 0;
  }
  step.active = mask.active != nullptr ? mask.active + t * mask.step_stride : nullptr;
  step.emits = mask.emits != nullptr ? mask.emits + t * mask.step_stride : nullptr;
  step.mask_stride = mask.batch_stride;
  step.c_before = arrays.c.floats(t);
  step.c_after = arrays.c.floats(t + 1);
  step.hidden = arrays.hidden;
  set_gates(step, arrays, t);
  const bool is_last = t + 1 == call.steps;
  if (is_last) step.final = dense_view(part_of(call.final, kHidden), sizes.grid.channels, sizes.grid.area);
  if (call.y.data != nullptr && (desc.output == CLN_OUTPUT_SEQUENCE || is_last)) {
    step.y = view_of(call.y, sizes.grid.area);
    if (desc.output == CLN_OUTPUT_SEQUENCE) step.y.data += t * step.y.step;
  }
  if (hopper_) return run_hopper(step);
  run_fused_step(layer_.device->stream, products_of(layer_.precision, layer_.device->is_exact), plan_.tile,
                 step);
}

void Fused::run_hopper(const FusedStep& step) const {
  const FusedProducts products = products_of(layer_.precision, layer_.device->is_exact);
  const HopperTileSize tile = size_of(hopper_->tile);
  const Position states = position(plan_.h_axes.output());
  const auto images = static_cast<std::int32_t>(layer_.sizes.batch);
  HopperStep work{step, hopper_->x, hopper_->h, images, hopper_->is_deep, {}, {}, {}};
  work.step.columns = hopper_->columns;
  if (step.x.data != nullptr)
    work.map_x = map_of(step.x, hopper_->x, states, images, hopper_->is_deep, products, tile.pixels);
  work.map_h = map_of(step.h, hopper_->h, states, images, hopper_->is_deep, products, tile.pixels);
  work.map_kernel = map_of(step.kernel, static_cast<std::int64_t>(hopper_->stages()) * hopper_->columns,
                           products, tile.columns);
  run_hopper_step(layer_.device->stream, products, hopper_->tile, work);
}

}  // namespace convlstm::cuda
