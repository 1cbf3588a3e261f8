#include "backend/cpu/winograd_backward.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "backend/cpu/product.h"
#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_weights.h"
#include "core/chunks.h"
#include "core/turns.h"

namespace convlstm::cpu {
namespace {

// Tiles enough that a gradient's sums are seldom read and written, few enough that the transforms stay in the
// third level of caches. It must not depend on the threads: it decides the order of the sums.
constexpr std::int64_t kWindow = 160;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

WinogradBackward::WinogradBackward(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape,
                                   const WinogradPlan& plan)
    : device_(device),
      desc_(desc),
      shape_(shape),
      plan_(plan),
      table_(device.kernels.winograd),
      kernels_(winograd_kernels(device, plan)),
      lanes_(device.kernels.lanes),
      area_(shape.size.area()),
      at_once_(ceil_div(plan.tiles, ceil_div(plan.tiles, kWindow))),
      window_size_(std::min(plan.tiles * 64, std::max(at_once_, kWindow / at_once_ * at_once_))) {
  const std::int64_t gates = kGates * plan.hidden, used = desc.hidden_channels + desc.input_channels;
  for (AlignedBuffer& buffer : seen_hidden_) buffer = AlignedBuffer(plan.tiles * seen_count(plan.blocks));
  dc_ = AlignedBuffer(plan.tiles * plan.tile_pixels() * plan.hidden);
  inputs_ = AlignedBuffer(plan.points * inputs_stride());
  rows_ = AlignedBuffer((plan.points + 1) * rows_stride());
  gradient_ = AlignedBuffer(plan.points * used * gates);
  small_gradient_ = AlignedBuffer(2 * gates);
  sums_ = AlignedBuffer(device.pool.size() * sums_count());
}

std::size_t WinogradBackward::workspace_bytes() const {
  std::size_t bytes = seen_hidden_[0].bytes() + seen_hidden_[1].bytes();
  for (const AlignedBuffer* buffer :
       {&seen_input_, &dc_, &inputs_, &rows_, &gradient_, &small_gradient_, &sums_, &passed_})
    bytes += buffer->bytes();
  return bytes;
}

WinogradBackward::Way WinogradBackward::to_hidden(const Form& form) const {
  return {form.to_hidden.data(), plan_.blocks, winograd_slots(plan_.blocks)};
}

WinogradBackward::Way WinogradBackward::to_input(const Form& form) const {
  const std::int64_t vectors = plan_.input / lanes_;
  return {form.to_input.data(), vectors, winograd_slots(vectors)};
}

void WinogradBackward::transform(const Step& step, const Chunk& chunk, std::int64_t k, std::int64_t block) {
  const WinogradTile tile = plan_.tile_at(chunk.first + k);
  const std::int64_t corner = plan_.pixel(tile), columns = plan_.padded_columns();
  float* to = inputs_.data() + (chunk.place + k) * input_count();
  if (!step.call.mask.is_active(step.t, tile.n)) {  // x may be anything there
    for (std::int64_t point = 0; point < plan_.points; ++point)
      std::fill_n(to + point * inputs_stride() + block * lanes_,
                  lanes_ + (block + 1 == plan_.blocks ? plan_.input : 0), 0.0f);
    return;
  }
  kernels_.input({step.tape.h.at(step.t) + corner * plan_.hidden + block * lanes_, columns * plan_.hidden,
                  plan_.hidden, 1, to + block * lanes_, inputs_stride()});
  if (block > 0) return;
  to += plan_.hidden;
  if (has_input(step.call, step.t) && plan_.few_inputs > 0)
    for (std::int64_t point = 0; point < plan_.points; ++point)
      for (std::int64_t channel = 0; channel < plan_.few_inputs; ++channel)
        to[point * inputs_stride() + channel] = step.tape.x.at(
            step.t)[point * plan_.few_point_stride() + channel * plan_.few_stride() + chunk.first + k];
  else if (has_input(step.call, step.t))
    kernels_.input({step.tape.x.at(step.t) + corner * plan_.input, columns * plan_.input, plan_.input,
                    plan_.input / lanes_, to, inputs_stride()});
  else
    for (std::int64_t point = 0; point < plan_.points; ++point)
      std::fill_n(to + point * inputs_stride(), plan_.input, 0.0f);
}

float* WinogradBackward::passed(std::int64_t index, std::int64_t block) const {
  return passed_.data() + (index * plan_.blocks + block) * plan_.tile_pixels() * lanes_;
}

void WinogradBackward::pass_gates(const Step& step, const Chunk& chunk, std::int64_t k, std::int64_t block) {
  const std::int64_t index = chunk.first + k, width = kGates * lanes_, t = step.t;
  const WinogradTile tile = plan_.tile_at(index);
  // What comes from the steps after is summed first, as it is where it arrives as the gradient by a state.
  alignas(64) float dh[kMaxPixels * kMaxLanes] = {};
  if (step.has_after())
    add_seen(seen_hidden(t + 1), plan_.blocks, index, block, dh);
  else
    load_dfinal(step, tile, block, dh);
  const std::int64_t of_tile = plan_.tile_pixels() * lanes_;
  if (has_mask(step.call)) {
    std::transform(dh, dh + of_tile, passed(index, block), dh, std::plus<>());
    std::fill_n(passed(index, block), of_tile, 0.0f);
  }
  add_dy(step, tile, block, dh);
  if (!step.call.mask.is_active(t, tile.n)) {
    std::copy_n(dh, of_tile, passed(index, block));
    float* row = rows_.data() + (chunk.place + k) * row_count() + block * width;
    for (std::int64_t point = 0; point <= plan_.points; ++point)
      std::fill_n(row + point * rows_stride(), width, 0.0f);
    return;
  }
  const std::int64_t c = plan_.pixel_inside(tile) * plan_.hidden + block * lanes_;
  const std::int64_t tile_block = (index * plan_.blocks + block) * plan_.tile_pixels();
  float* row = rows_.data() + (chunk.place + k) * row_count() + block * width;
  kernels_.gate_gradients(
      {dh, step.tape.gates.at(t) + tile_block * width, step.form.peephole.data() + block * 3 * lanes_,
       std::min(plan_.outputs, shape_.size.h - tile.row),
       std::min(plan_.outputs, shape_.size.w - tile.column), step.tape.c.at(t) + c, step.tape.c.at(t + 1) + c,
       plan_.padded_columns() * plan_.hidden, plan_.hidden, dc_.data() + tile_block * lanes_, row,
       rows_stride(), row + plan_.points * rows_stride(), desc_.gate_activation, desc_.cell_activation,
       desc_.cell_clip});
}

void WinogradBackward::lead_back(const Way& way, std::int64_t place, std::int64_t count, float* seen) {
  const std::int64_t gates = kGates * plan_.hidden, width = way.slots * lanes_;
  const std::int64_t unit = way.slots == 4 ? table_.tiles : 2 * table_.tiles;
  const std::int64_t units = ceil_div(count, unit), products = way.products();
  const Split split = split_grid(units, products, device_.pool.size());
  const auto run_group = [&](std::int64_t product, std::int64_t first, std::int64_t tiles, float* sums) {
    const std::int64_t stride = winograd_stride(tiles * width);
    for (std::int64_t point = 0; point < plan_.points; ++point)
      table_.product(
          {{{rows_.data() + point * rows_stride() + (place + first) * row_count(), gates, row_count(), 1},
            {}},
           way.weights + (product * plan_.points + point) * gates * width,
           way.weights + (product * plan_.points + (point + 1) % plan_.points) * gates * width,
           tiles,
           sums + point * stride,
           static_cast<int>(way.slots)});
    for (std::int64_t k = 0; k < tiles; ++k)
      for (std::int64_t v = product * way.slots; v < std::min(way.vectors, (product + 1) * way.slots); ++v)
        kernels_.spread({sums + k * width + v % way.slots * lanes_, stride,
                         seen + (first + k) * seen_count(way.vectors) + v * plan_.points * lanes_,
                         plan_.has_far_states()});
    if (plan_.has_far_states()) finish_stores_past_caches();
  };
  const Chunks groups(units, split.first, kGroup / unit);
  device_.pool.parallel_for(products * groups.parts(), [&](std::int64_t part, int thread) {
    const Chunks::Range group = groups.at(part % groups.parts());
    const std::int64_t first = group.begin * unit, end = std::min(count, group.end * unit);
    if (first < end)
      run_group(part / groups.parts(), first, end - first, sums_.data() + thread * sums_count());
  });
}

void WinogradBackward::flush(const BackwardCall& call, const Form& form) {
  const std::int64_t used = desc_.hidden_channels + desc_.input_channels, width = kGates * lanes_;
  const bool uses_x = desc_.input_channels > 0 && call.x.data != nullptr;
  static constexpr float kOne = 1;
  device_.pool.parallel_for((plan_.points + 1) * plan_.blocks, [&](std::int64_t part) {
    const std::int64_t point = part / plan_.blocks, block = part % plan_.blocks;
    const float* rows = rows_.data() + point * rows_stride() + block * width;
    const float* inputs = inputs_.data() + point * inputs_stride();
    if (point < plan_.points)
      table_.gradient({{{inputs, desc_.hidden_channels, input_count(), 1},
                        {inputs + plan_.hidden, uses_x ? desc_.input_channels : 0, input_count(), 1}},
                       rows,
                       row_count(),
                       window_.filled,
                       gradient_.data() + (block * plan_.points + point) * used * width});
    // At point (1, 1) the transform of a tile is the sum of its pixels.
    const bool is_sum = point == plan_.side() + 1, is_peephole = point == plan_.points;
    if (is_sum || is_peephole)
      table_.gradient({{{&kOne, 1, 0, 0}, {}},
                       rows,
                       row_count(),
                       window_.filled,
                       small_gradient_.data() + (block * 2 + (is_peephole ? 1 : 0)) * width});
  });
  if (call.dx.data != nullptr && uses_x) {
    const std::int64_t of_a_tile = seen_count(plan_.input / lanes_), end = window_.first + window_.filled;
    lead_back(to_input(form), 0, window_.filled, seen_input_.data() + window_.first * of_a_tile);
    for (std::int64_t k = 0; k < end / plan_.tiles; ++k)
      if (has_input(call, window_.t - k))
        write_dinput(call, window_.t - k, seen_input_.data() + k * plan_.tiles * of_a_tile);
  }
  window_.filled = 0;
}

void WinogradBackward::run_step(const Step& step, bool leads_to_hidden) {
  for (std::int64_t first = 0; first < plan_.tiles; first += at_once_) {
    const std::int64_t count = std::min(at_once_, plan_.tiles - first);
    if (window_.filled + count > window_size_) flush(step.call, step.form);
    if (window_.filled == 0) window_ = {step.t, first, 0};
    const Chunk chunk{first, count, window_.filled};
    device_.pool.parallel_for(count * plan_.blocks, [&](std::int64_t part) {
      transform(step, chunk, part / plan_.blocks, part % plan_.blocks);
      pass_gates(step, chunk, part / plan_.blocks, part % plan_.blocks);
    });
    if (leads_to_hidden)
      lead_back(to_hidden(step.form), chunk.place, count,
                seen_hidden(step.t) + first * seen_count(plan_.blocks));
    window_.filled += count;
  }
}

void WinogradBackward::run(const BackwardCall& call) {
  const bool wants_dx = call.dx.data != nullptr && desc_.input_channels > 0;
  std::optional<Turn> turn;
  if (plan_.has_many_weights()) turn.emplace(Turns::of_process(), device_.pool.size());
  const auto weights = form(call.parameters.front(), wants_dx);
  const WinogradTape tape =
      WinogradTape::training(plan_, shape_.batch, call.steps)
          .over(static_cast<float*>(const_cast<void*>(call.reserve)));  // only read from here on
  float* const dhidden = part_of(call.dinitial, kHidden);
  if (wants_dx && seen_input_.count() == 0)
    seen_input_ = AlignedBuffer(std::max(window_size_, plan_.tiles) * seen_count(plan_.input / lanes_));
  start(call);
  for (std::int64_t t = call.steps - 1; t >= 0; --t) {
    run_step({call, *weights, tape, t}, t > 0 || dhidden != nullptr);
    if (turn) turn->offer();
  }
  if (window_.filled > 0) flush(call, *weights);
  write_gradients(call);
  if (dhidden != nullptr) write_dhidden(call, dhidden);
  if (float* dc = part_of(call.dinitial, kCell)) write_dcell(dc);
}

}  // namespace convlstm::cpu
