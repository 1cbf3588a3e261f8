#include "backend/cpu/winograd_backward.h"

#include <algorithm>

#include "backend/cpu/product.h"
#include "backend/cpu/winograd_weights.h"

namespace convlstm::cpu {
namespace {

// Enough that a gradient's sums are seldom read and written, few enough that the transforms stay in the third
// level of caches. It must not depend on the threads: it decides the order of the sums.
constexpr std::int64_t kWindow = 144;

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
      window_(std::min(kWindow, plan.tiles * 64)),
      at_once_(std::min(kWindow, plan.tiles)) {
  const std::int64_t gates = kGates * plan.hidden, used = desc.hidden_channels + desc.input_channels;
  for (AlignedBuffer& buffer : dpre_) buffer = AlignedBuffer(shape.batch * plan.padded_pixels() * gates);
  dc_ = AlignedBuffer(plan.tiles * plan.tile_pixels() * plan.hidden);
  after_ = AlignedBuffer(plan.points * after_stride());
  inputs_ = AlignedBuffer(plan.points * inputs_stride());
  rows_ = AlignedBuffer((plan.points + 1) * rows_stride());
  gradient_ = AlignedBuffer(plan.points * used * gates);
  small_gradient_ = AlignedBuffer(2 * gates);
  sums_ = AlignedBuffer(device.pool.size() * sums_count());
}

std::size_t WinogradBackward::workspace_bytes() const {
  std::size_t bytes = dpre_[0].bytes() + dpre_[1].bytes();
  for (const AlignedBuffer* buffer : {&dc_, &after_, &inputs_, &rows_, &gradient_, &small_gradient_, &sums_})
    bytes += buffer->bytes();
  return bytes;
}

void WinogradBackward::transform(const Step& step, const Chunk& chunk) {
  const std::int64_t gates = kGates * plan_.hidden, channels = plan_.channels();
  const std::int64_t columns = plan_.padded_columns(), t = step.t;
  device_.pool.parallel_for(chunk.count, [&](std::int64_t k) {
    const std::int64_t corner = plan_.pixel(plan_.tile_at(chunk.first + k));
    if (step.has_after())
      kernels_.input({dpre(t + 1) + corner * gates, columns * gates, gates, kGates * plan_.blocks,
                      after_.data() + k * gates, after_stride()});
    if (t < 0) return;
    float* to = inputs_.data() + (chunk.place + k) * channels;
    kernels_.input({step.tape.h.at(t) + corner * plan_.hidden, columns * plan_.hidden, plan_.hidden,
                    plan_.blocks, to, inputs_stride()});
    to += plan_.hidden;
    if (has_input(step.call, t))
      kernels_.input({step.tape.x.at(t) + corner * plan_.input, columns * plan_.input, plan_.input,
                      plan_.input / lanes_, to, inputs_stride()});
    else
      for (std::int64_t point = 0; point < plan_.points; ++point)
        std::fill_n(to + point * inputs_stride(), plan_.input, 0.0f);
  });
}

void WinogradBackward::finish_hidden(const Step& step, std::int64_t block, std::int64_t index,
                                     std::int64_t place, float* dh) {
  const BackwardCall& call = step.call;
  const WinogradTile tile = plan_.tile_at(index);
  const std::int64_t F = desc_.hidden_channels, t = step.t, count = std::min(lanes_, F - block * lanes_);
  const auto add = [&](const float* plane, std::int64_t stride, std::int64_t lane) {
    for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
      dh[inside * lanes_ + lane] += plane[pixel * stride];
    });
  };
  const bool emits = desc_.output == CLN_OUTPUT_SEQUENCE || t + 1 == call.steps;
  for (std::int64_t k = 0; call.dy.data != nullptr && emits && k < count; ++k)
    add(call.dy.plane(desc_.output == CLN_OUTPUT_LAST ? 0 : t, tile.n, block * lanes_ + k, area_),
        call.dy.pixel_stride, k);
  const float* dh_final = t + 1 == call.steps ? part_of(call.dfinal, kHidden) : nullptr;
  for (std::int64_t k = 0; dh_final != nullptr && k < count; ++k)
    add(dh_final + (tile.n * F + block * lanes_ + k) * area_, 1, k);

  const std::int64_t gates = kGates * plan_.hidden, width = kGates * lanes_;
  const std::int64_t inside = plan_.pixel_inside(tile), columns = plan_.padded_columns();
  const std::int64_t c = inside * plan_.hidden + block * lanes_, tile_block = index * plan_.blocks + block;
  float* row = rows_.data() + (block * window_ + place) * width;
  kernels_.gate_gradients(
      {dh, step.tape.gates.at(t) + tile_block * plan_.tile_pixels() * width,
       step.form.peephole.data() + block * 3 * lanes_, std::min(plan_.outputs, shape_.size.h - tile.row),
       std::min(plan_.outputs, shape_.size.w - tile.column), step.tape.c.at(t) + c, step.tape.c.at(t + 1) + c,
       columns * plan_.hidden, plan_.hidden, dc_.data() + tile_block * plan_.tile_pixels() * lanes_,
       dpre(t) + inside * gates + block * width, columns * gates, gates, row, rows_stride(),
       row + plan_.points * rows_stride(), desc_.gate_activation, desc_.cell_activation, desc_.cell_clip});
}

void WinogradBackward::multiply_group(const Step& step, const Chunk& chunk, const Way& way,
                                      std::int64_t product, std::int64_t first, std::int64_t count,
                                      float* sums) {
  const std::int64_t gates = kGates * plan_.hidden, width = way.slots * lanes_,
                     stride = winograd_stride(count * width);
  const bool is_hidden = way.weights == step.to_hidden.weights;
  const WinogradProduct::Channels none{0, 0};
  for (std::int64_t point = 0; step.has_after() && point < plan_.points; ++point)
    table_.product({after_.data() + point * after_stride() + first * gates,
                    gates,
                    {{0, gates}, none},
                    way.weights + (product * plan_.points + point) * gates * width,
                    count,
                    sums + point * stride,
                    static_cast<int>(way.slots)});
  alignas(64) float pixels[4 * 4 * 16];
  for (std::int64_t v = product * way.slots; v < std::min(way.vectors, (product + 1) * way.slots); ++v)
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t index = chunk.first + first + k;
      const WinogradTile tile = plan_.tile_at(index);
      if (step.has_after())
        kernels_.output({sums + k * width + v % way.slots * lanes_, stride, pixels, lanes_});
      else
        std::fill_n(pixels, plan_.tile_pixels() * lanes_, 0.0f);
      if (is_hidden && step.t >= 0) {
        finish_hidden(step, v, index, chunk.place + first + k, pixels);
        continue;
      }
      const std::int64_t channels = is_hidden ? desc_.hidden_channels : desc_.input_channels;
      for (std::int64_t lane = 0; lane < std::min(lanes_, channels - v * lanes_); ++lane) {
        const std::int64_t channel = v * lanes_ + lane;
        float* to = is_hidden ? part_of(step.call.dinitial, kHidden) + (tile.n * channels + channel) * area_
                              : step.call.dx.plane(step.t + 1, tile.n, channel, area_);
        const std::int64_t pixel_stride = is_hidden ? 1 : step.call.dx.pixel_stride;
        for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
          to[pixel * pixel_stride] = pixels[inside * lanes_ + lane];
        });
      }
    }
}

void WinogradBackward::multiply(const Step& step, const Chunk& chunk) {
  for (const Way& way : {step.to_hidden, step.to_input}) {
    if (way.vectors == 0) continue;
    const std::int64_t unit = way.slots == 4 ? table_.tiles : 2 * table_.tiles;
    const std::int64_t units = ceil_div(chunk.count, unit), products = way.products();
    const Split split = split_grid(units, products, device_.pool.size());
    device_.pool.parallel_for(split.parts(), [&](std::int64_t part) {
      const std::int64_t i = part % split.first, j = part / split.first;
      const std::int64_t end = std::min(chunk.count, units * (i + 1) / split.first * unit);
      for (std::int64_t product = products * j / split.second; product < products * (j + 1) / split.second;
           ++product)
        for (std::int64_t first = units * i / split.first * unit; first < end; first += kGroup)
          multiply_group(step, chunk, way, product, first, std::min(kGroup, end - first),
                         sums_.data() + part * sums_count());
    });
  }
}

void WinogradBackward::flush(const BackwardCall& call) {
  const std::int64_t used = desc_.hidden_channels + desc_.input_channels, width = kGates * lanes_;
  const bool uses_x = desc_.input_channels > 0 && call.x.data != nullptr;
  static constexpr float kOne = 1;
  const WinogradProduct::Channels none{0, 0};
  device_.pool.parallel_for((plan_.points + 1) * plan_.blocks, [&](std::int64_t part) {
    const std::int64_t point = part / plan_.blocks, block = part % plan_.blocks;
    const float* rows = rows_.data() + point * rows_stride() + block * window_ * width;
    if (point < plan_.points)
      table_.gradient({inputs_.data() + point * inputs_stride(),
                       plan_.channels(),
                       {{0, desc_.hidden_channels}, {plan_.hidden, uses_x ? desc_.input_channels : 0}},
                       rows,
                       filled_,
                       gradient_.data() + (block * plan_.points + point) * used * width});
    // At point (1, 1) the transform of a tile is the sum of its pixels.
    const bool is_sum = point == plan_.side() + 1, is_peephole = point == plan_.points;
    if (is_sum || is_peephole)
      table_.gradient({&kOne,
                       0,
                       {{0, 1}, none},
                       rows,
                       filled_,
                       small_gradient_.data() + (block * 2 + (is_peephole ? 1 : 0)) * width});
  });
  filled_ = 0;
}

void WinogradBackward::run_step(const Step& step) {
  if (step.to_hidden.vectors == 0 && step.to_input.vectors == 0) return;
  for (std::int64_t first = 0; first < plan_.tiles; first += at_once_) {
    const std::int64_t count = std::min(at_once_, plan_.tiles - first);
    if (filled_ + count > window_) flush(step.call);
    const Chunk chunk{first, count, filled_};
    transform(step, chunk);
    multiply(step, chunk);
    if (step.t >= 0) filled_ += count;
  }
}

void WinogradBackward::run(const BackwardCall& call) {
  const bool wants_dx = call.dx.data != nullptr && desc_.input_channels > 0;
  const auto weights = form(call.parameters.front(), wants_dx);
  const WinogradTape tape =
      WinogradTape::training(plan_, shape_.batch, call.steps)
          .over(static_cast<float*>(const_cast<void*>(call.reserve)));  // only read from here on
  const std::int64_t input_vectors = plan_.input / lanes_;
  start(call);
  for (std::int64_t t = call.steps - 1; t >= -1; --t) {
    const bool leads_to_hidden = t >= 0 || part_of(call.dinitial, kHidden) != nullptr;
    const bool leads_to_input = wants_dx && t + 1 < call.steps && has_input(call, t + 1);
    Step step{call, *weights, tape, t, {}, {}};
    if (leads_to_hidden)
      step.to_hidden = {weights->to_hidden.data(), plan_.blocks, winograd_slots(plan_.blocks)};
    if (leads_to_input)
      step.to_input = {weights->to_input.data(), input_vectors, winograd_slots(input_vectors)};
    run_step(step);
  }
  flush(call);
  write_gradients(call);
  if (float* dc = part_of(call.dinitial, kCell)) write_dcell(dc);
}

}  // namespace convlstm::cpu
