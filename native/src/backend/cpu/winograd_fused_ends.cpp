// What a forward of winograd_fused takes from the layouts outside, and gives to them.
#include <algorithm>

#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_fused.h"

namespace convlstm::cpu {

// Inference reads the initial cells where it needs them: load_cells.
void WinogradFused::load_states(const ForwardCall& call, const WinogradTape& tape) {
  const std::int64_t F = desc_.hidden_channels;
  const float *h = part_of(call.initial, kHidden), *c = part_of(call.initial, kCell);
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t to = plan_.pixel_inside({n, y, 0}) * plan_.hidden;
    const auto load = [&](const float* state, float* row) {
      if (state == nullptr || F < plan_.hidden) std::fill_n(row, shape_.size.w * plan_.hidden, 0.0f);
      if (state != nullptr)
        transpose(state + n * F * area_ + y * shape_.size.w, area_, F, shape_.size.w, row, plan_.hidden);
    };
    load(h, tape.h.at(0) + to);
    if (call.reserve != nullptr) load(c, tape.c.at(0) + to);
  });
}

// Of an image in the reserve; those of the executor's own stay 0.
void WinogradFused::clear_margins(float* image, std::int64_t channels) {
  const std::int64_t columns = plan_.padded_columns(), rows = plan_.padded_pixels() / columns;
  const std::int64_t margin = (plan_.taps - 1) / 2;
  device_.pool.parallel_for(shape_.batch * rows, [&](std::int64_t part) {
    const std::int64_t y = part % rows - margin;
    float* row = image + part * columns * channels;
    if (y < 0 || y >= shape_.size.h) {
      std::fill_n(row, columns * channels, 0.0f);
    } else {
      std::fill_n(row, margin * channels, 0.0f);
      const std::int64_t end = margin + shape_.size.w;
      std::fill_n(row + end * channels, (columns - end) * channels, 0.0f);
    }
  });
}

void WinogradFused::pack_input(const ForwardCall& call, std::int64_t t, const WinogradTape& tape) {
  float* image = tape.x.at(t);
  if (call.reserve != nullptr) clear_margins(image, plan_.input);
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    float* to = image + plan_.pixel_inside({n, y, 0}) * plan_.input;
    for (std::int64_t k = 0; k < desc_.input_channels; ++k) {
      const float* from = call.x.plane(t, n, k, area_) + y * shape_.size.w * call.x.pixel_stride;
      for (std::int64_t x = 0; x < shape_.size.w; ++x)
        to[x * plan_.input + k] = from[x * call.x.pixel_stride];
    }
  });
}

template <typename Body>
void WinogradFused::for_rows(std::int64_t first, std::int64_t count, const Body& body) const {
  for (std::int64_t k = 0; k < count;) {
    const WinogradTile tile = plan_.tile_at(first + k);
    const std::int64_t tiles = std::min(count - k, plan_.tile_columns - tile.column / plan_.outputs);
    const std::int64_t columns = std::min(tiles * plan_.outputs, shape_.size.w - tile.column);
    for (std::int64_t row = 0; row < std::min(plan_.outputs, shape_.size.h - tile.row); ++row)
      body(k, row, WinogradTile{tile.n, tile.row + row, tile.column}, columns);
    k += tiles;
  }
}

void WinogradFused::load_cells(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                               const BlockPixels& to) const {
  const std::int64_t lanes = device_.kernels.lanes, F = desc_.hidden_channels;
  const std::int64_t channel = block * lanes, channels = std::min(lanes, F - channel);
  const float* c = part_of(step.call.initial, kCell);
  for_rows(first, count, [&](std::int64_t k, std::int64_t row, const WinogradTile& at, std::int64_t columns) {
    float* pixels = pixels_of(to, first, k) + row * to.row_stride;
    if (c == nullptr || channels < lanes) std::fill_n(pixels, columns * lanes, 0.0f);
    if (c != nullptr)
      transpose(c + (at.n * F + channel) * area_ + at.row * shape_.size.w + at.column, area_, channels,
                columns, pixels, lanes);
  });
}

void WinogradFused::store_block(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                                const BlockPixels& h, const BlockPixels& c) const {
  const std::int64_t lanes = device_.kernels.lanes, F = desc_.hidden_channels;
  const std::int64_t channel = block * lanes, channels = std::min(lanes, F - channel);
  const Frames<float>& y = step.call.y;
  const bool has_y = y.data != nullptr && (desc_.output == CLN_OUTPUT_SEQUENCE || step.is_last());
  const bool is_far = plan_.has_far_states();
  float* const h_final = step.is_last() ? part_of(step.call.final, kHidden) : nullptr;
  float* const c_final = step.is_last() ? part_of(step.call.final, kCell) : nullptr;
  const std::int64_t t = desc_.output == CLN_OUTPUT_LAST ? 0 : step.t;
  const auto store_row = [&](const float* from, std::int64_t stride, std::int64_t columns, float* to,
                             std::int64_t pixel_stride) {
    if (pixel_stride != 1)
      for (std::int64_t column = 0; column < columns; ++column)
        std::copy_n(from + column * stride, channels, to + column * pixel_stride);
    else if (is_far)
      transpose_past_caches(from, stride, columns, channels, to, area_);
    else
      transpose(from, stride, columns, channels, to, area_);
  };
  const auto clear_row = [&](std::int64_t columns, float* to, std::int64_t pixel_stride) {
    if (pixel_stride != 1)
      for (std::int64_t column = 0; column < columns; ++column)
        std::fill_n(to + column * pixel_stride, channels, 0.0f);
    else
      for (std::int64_t k = 0; k < channels; ++k) std::fill_n(to + k * area_, columns, 0.0f);
  };
  for_rows(first, count, [&](std::int64_t k, std::int64_t row, const WinogradTile& at, std::int64_t columns) {
    const std::int64_t pixel = at.row * shape_.size.w + at.column;
    const float* h_row = pixels_of(h, first, k) + row * h.row_stride;
    const float* c_row = pixels_of(c, first, k) + row * c.row_stride;
    float* const y_row = has_y ? y.plane(t, at.n, channel, area_) + pixel * y.pixel_stride : nullptr;
    if (has_y && step.call.mask.does_emit(step.t, at.n))
      store_row(h_row, h.pixel_stride, columns, y_row, y.pixel_stride);
    else if (has_y)
      clear_row(columns, y_row, y.pixel_stride);
    const std::int64_t of_state = (at.n * F + channel) * area_ + pixel;
    if (h_final != nullptr) store_row(h_row, h.pixel_stride, columns, h_final + of_state, 1);
    if (c_final != nullptr) store_row(c_row, c.pixel_stride, columns, c_final + of_state, 1);
  });
}

}  // namespace convlstm::cpu
