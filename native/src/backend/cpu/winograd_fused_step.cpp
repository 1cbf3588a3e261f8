// The steps of a forward of winograd_fused.
#include <algorithm>

#include "backend/cpu/product.h"
#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_fused.h"
#include "core/chunks.h"

namespace convlstm::cpu {
namespace {

float* reserve(AlignedBuffer& buffer, std::int64_t count) {
  if (buffer.count() < count) buffer = AlignedBuffer(count);
  return buffer.data();
}

// Asks for pixels that are not near yet.
void fetch(const float* pixels, std::int64_t count) {
  constexpr std::int64_t kLine = 16;
  for (std::int64_t k = 0; k < count; k += kLine) __builtin_prefetch(pixels + k, 0, 2);
}

}  // namespace

void WinogradFused::transform(const Step& step, const Chunk& chunk, float* transformed,
                              float* scratch) const {
  const std::int64_t channels = plan_.step_channels(), columns = plan_.padded_columns();
  if (!has_active(step, chunk.first, chunk.count)) return;
  const bool is_far = plan_.has_far_states();
  const bool has_input = step.x != nullptr && plan_.few_inputs == 0;
  const bool sees_hidden = step.has_hidden() && step.h_outside.frames.data == nullptr;
  const bool sees_input = has_input && step.x_outside.frames.data == nullptr;
  if (step.has_hidden() && !sees_hidden) transform_outside(step.h_outside, chunk, transformed, scratch);
  if (has_input && !sees_input) transform_outside(step.x_outside, chunk, transformed + plan_.hidden, scratch);
  for (std::int64_t k = 0; k < chunk.count && (sees_hidden || sees_input); ++k) {
    const std::int64_t corner = plan_.pixel(plan_.tile_at(chunk.first + k));
    float* to = transformed + k * channels;
    const std::int64_t row = columns * plan_.hidden, tile = plan_.outputs * plan_.hidden;
    for (std::int64_t y = 0; is_far && sees_hidden && y < plan_.side(); ++y)  // what the next tile sees more
      fetch(step.h_before + corner * plan_.hidden + y * row + plan_.side() * plan_.hidden, tile);
    for (std::int64_t y = 0; is_far && step.c_before != nullptr && y < plan_.outputs; ++y)
      fetch(step.c_before + plan_.pixel_inside(plan_.tile_at(chunk.first + k)) * plan_.hidden + y * row,
            tile);
    if (sees_hidden)
      kernels_.input({step.h_before + corner * plan_.hidden, columns * plan_.hidden, plan_.hidden,
                      plan_.blocks, to, winograd_stride(chunk.most * channels)});
    if (sees_input)
      kernels_.input({step.x + corner * plan_.input, columns * plan_.input, plan_.input,
                      plan_.input / device_.kernels.lanes, to + plan_.hidden,
                      winograd_stride(chunk.most * channels)});
  }
}

WinogradFused::BlockPixels WinogradFused::in_image(float* image, std::int64_t block) const {
  return {image + block * device_.kernels.lanes, plan_.padded_columns() * plan_.hidden, plan_.hidden, false};
}

WinogradFused::BlockPixels WinogradFused::in_strip(float* strip, std::int64_t stride) const {
  return {strip, plan_.strip_stride(stride), device_.kernels.lanes, true};
}

float* WinogradFused::pixels_of(const BlockPixels& pixels, std::int64_t first, std::int64_t k) const {
  const std::int64_t pixel =
      pixels.is_strip ? k * plan_.outputs : plan_.pixel_inside(plan_.tile_at(first + k));
  return pixels.data + pixel * pixels.pixel_stride;
}

bool WinogradFused::has_active(const Step& step, std::int64_t first, std::int64_t count) const {
  for (std::int64_t n = plan_.tile_at(first).n; n <= plan_.tile_at(first + count - 1).n; ++n)
    if (step.call.mask.is_active(step.t, n)) return true;
  return false;
}

// A masked step leaves the state as it is.
void WinogradFused::keep_tile(const WinogradTile& tile, const float* from, const BlockPixels& before,
                              float* to, const BlockPixels& after) const {
  for (std::int64_t row = 0; from != to && row < std::min(plan_.outputs, shape_.size.h - tile.row); ++row)
    for (std::int64_t column = 0; column < std::min(plan_.outputs, shape_.size.w - tile.column); ++column)
      std::copy_n(from + row * before.row_stride + column * before.pixel_stride, device_.kernels.lanes,
                  to + row * after.row_stride + column * after.pixel_stride);
}

WinogradChannels WinogradFused::hidden_terms(const Step& step, const Chunk& chunk, const float* transformed,
                                             std::int64_t point) const {
  const std::int64_t channels = plan_.step_channels();
  return {transformed + point * winograd_stride(chunk.most * channels),
          step.has_hidden() ? desc_.hidden_channels : 0, channels, 1};
}

WinogradChannels WinogradFused::input_terms(const Step& step, const Chunk& chunk, const float* transformed,
                                            std::int64_t point) const {
  const std::int64_t channels = plan_.step_channels();
  if (step.x == nullptr) return {};
  if (plan_.few_inputs > 0)
    return {step.x + point * plan_.few_point_stride() + chunk.first, plan_.few_inputs, 1, plan_.few_stride()};
  return {transformed + point * winograd_stride(chunk.most * channels) + plan_.hidden, desc_.input_channels,
          channels, 1};
}

void WinogradFused::finish_block(const Step& step, std::int64_t block, const Chunk& chunk,
                                 const float* transformed, float* sums) const {
  const std::int64_t first = chunk.first, count = chunk.count, stride = chunk.most;
  const std::int64_t lanes = device_.kernels.lanes, width = 4 * lanes;
  const std::int64_t used = desc_.hidden_channels + (plan_.hoists_input ? 0 : desc_.input_channels);
  // Of the step's first term.
  const float* weights = step.form.weights.data() + (step.has_hidden() ? 0 : desc_.hidden_channels * width);
  const std::int64_t products = plan_.blocks * plan_.points;
  const bool is_active = has_active(step, first, count);
  for (std::int64_t point = 0; is_active && point < plan_.points; ++point) {
    const std::int64_t product = block * plan_.points + point;
    table_.product(
        {{hidden_terms(step, chunk, transformed, point), input_terms(step, chunk, transformed, point)},
         weights + product * used * width,
         weights + (product + 1) % products * used * width,
         count,
         sums + point * winograd_stride(stride * width)});
  }
  float* const strips = sums + plan_.points * winograd_stride(stride * width);
  const BlockPixels c_strip = in_strip(strips, stride);
  const BlockPixels h_strip = in_strip(strips + plan_.outputs * plan_.strip_stride(stride), stride);
  // Read only.
  const BlockPixels c_before =
      step.c_before != nullptr ? in_image(const_cast<float*>(step.c_before), block) : c_strip;
  const BlockPixels c = step.c != nullptr ? in_image(step.c, block) : c_strip;
  const BlockPixels h = step.h != nullptr ? in_image(step.h, block) : h_strip;
  if (step.c_before == nullptr) load_cells(step, block, first, count, c_strip);
  for (std::int64_t k = 0; k < count; ++k) {
    const WinogradTile tile = plan_.tile_at(first + k);
    if (!step.call.mask.is_active(step.t, tile.n)) {
      keep_tile(tile, pixels_of(c_before, first, k), c_before, pixels_of(c, first, k), c);
      const BlockPixels h_before = in_image(const_cast<float*>(step.h_before), block);
      keep_tile(tile, pixels_of(h_before, first, k), h_before, pixels_of(h, first, k), h);
      continue;
    }
    const std::int64_t gates = ((first + k) * plan_.blocks + block) * plan_.tile_pixels() * width;
    kernels_.gates(
        {sums + k * width, winograd_stride(stride * width), step.form.bias.data() + block * width,
         step.form.peephole.data() + block * 3 * lanes,
         step.input_sums != nullptr ? step.input_sums + gates : nullptr,
         std::min(plan_.outputs, shape_.size.h - tile.row),
         std::min(plan_.outputs, shape_.size.w - tile.column), pixels_of(c_before, first, k),
         c_before.row_stride, c_before.pixel_stride, pixels_of(c, first, k), pixels_of(h, first, k),
         h.row_stride, h.pixel_stride, desc_.gate_activation, desc_.cell_activation, desc_.cell_clip,
         step.gates != nullptr ? step.gates + gates : nullptr, plan_.has_far_states() && step.c != nullptr});
  }
  store_block(step, block, first, count, h, c);
}

void WinogradFused::hoist_block(const Window& window, std::int64_t block, std::int64_t first,
                                std::int64_t count, float* sums) const {
  const std::int64_t lanes = device_.kernels.lanes, width = 4 * lanes;
  const std::int64_t input_stride = winograd_stride(window.count * plan_.tiles * plan_.input);
  const std::int64_t stride = winograd_stride(count * width);
  const std::int64_t of_a_point = desc_.input_channels * width;
  const float* weights = window.form.input_weights.data();
  for (std::int64_t point = 0; point < plan_.points; ++point) {
    const std::int64_t product = block * plan_.points + point;
    table_.product({{{transformed_.data() + point * input_stride + first * plan_.input, desc_.input_channels,
                      plan_.input, 1},
                     {}},
                    weights + product * of_a_point,
                    weights + (product + 1) % (plan_.blocks * plan_.points) * of_a_point,
                    count,
                    sums + point * stride});
  }
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t t = window.first + (first + k) / plan_.tiles, tile = (first + k) % plan_.tiles;
    float* to = window.tape.gates.at(t) + (tile * plan_.blocks + block) * plan_.tile_pixels() * width;
    for (std::int64_t gate = 0; gate < 4; ++gate)
      kernels_.output({sums + k * width + gate * lanes, stride, to + gate * lanes, width});
  }
}

void WinogradFused::hoist(const Window& window) {
  const std::int64_t tiles = window.count * plan_.tiles, width = 4 * device_.kernels.lanes;
  const std::int64_t input_stride = winograd_stride(tiles * plan_.input);
  const std::int64_t sums_count = plan_.points * winograd_stride(kHoistedGroup * width);
  float* transformed = reserve(transformed_, plan_.points * input_stride);
  float* sums = reserve(sums_, device_.pool.size() * sums_count);
  device_.pool.parallel_for(tiles, [&](std::int64_t k) {
    const std::int64_t corner = plan_.pixel(plan_.tile_at(k % plan_.tiles));
    kernels_.input({window.tape.x.at(window.first + k / plan_.tiles) + corner * plan_.input,
                    plan_.padded_columns() * plan_.input, plan_.input, plan_.input / device_.kernels.lanes,
                    transformed + k * plan_.input, input_stride});
  });
  const std::int64_t units = (tiles + table_.tiles - 1) / table_.tiles;
  const Split split = split_grid(plan_.blocks, units, device_.pool.size());
  const Chunks groups(units, split.second, kHoistedGroup / table_.tiles);
  device_.pool.parallel_for(plan_.blocks * groups.parts(), [&](std::int64_t part, int thread) {
    const Chunks::Range group = groups.at(part % groups.parts());
    const std::int64_t first = group.begin * table_.tiles, end = std::min(tiles, group.end * table_.tiles);
    if (first < end)
      hoist_block(window, part / groups.parts(), first, end - first, sums + thread * sums_count);
  });
}

void WinogradFused::run_step(const Step& step) {
  const std::int64_t threads = device_.pool.size();
  if (plan_.shares_hidden(threads)) {
    const std::int64_t scratch = plan_.block_scratch(plan_.tiles);
    float* transformed =
        reserve(transformed_, plan_.points * winograd_stride(plan_.tiles * plan_.step_channels()));
    float* sums = reserve(sums_, threads * scratch);
    device_.pool.parallel_for(plan_.tiles, [&](std::int64_t tile, int thread) {
      transform(step, {tile, 1, plan_.tiles}, transformed + tile * plan_.step_channels(),
                sums + thread * scratch);
    });
    device_.pool.parallel_for(plan_.blocks, [&](std::int64_t block, int thread) {
      finish_block(step, block, {0, plan_.tiles, plan_.tiles}, transformed, sums + thread * scratch);
    });
    return;
  }
  const std::int64_t most = plan_.tiles_at_once(threads, table_.tiles), scratch = plan_.block_scratch(most);
  const Chunks chunks(plan_.tiles, std::min(threads, plan_.tiles), most);
  const std::int64_t transformed_count = plan_.points * winograd_stride(most * plan_.step_channels());
  float* transformed = reserve(transformed_, threads * transformed_count);
  float* sums = reserve(sums_, threads * scratch);
  device_.pool.parallel_for(chunks.parts(), [&](std::int64_t part, int thread) {
    const auto [first, end] = chunks.at(part);
    const Chunk chunk{first, end - first, most};
    if (chunk.count == 0) return;
    float *own = transformed + thread * transformed_count, *own_sums = sums + thread * scratch;
    transform(step, chunk, own, own_sums);
    for (std::int64_t block = 0; block < plan_.blocks; ++block)
      finish_block(step, block, chunk, own, own_sums);
    if (plan_.has_far_states()) finish_stores_past_caches();
  });
}

}  // namespace convlstm::cpu
