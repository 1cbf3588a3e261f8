// What a forward of winograd_fused takes from the layouts outside, and gives to them.
#include <algorithm>

#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_fused.h"

namespace convlstm::cpu {

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
    load(c, tape.c.at(0) + to);
  });
}

void WinogradFused::store_states(const ForwardCall& call, const WinogradTape& tape) {
  const std::int64_t F = desc_.hidden_channels;
  const float *h = tape.h.at(call.steps), *c = tape.c.at(call.steps);
  float *to_h = part_of(call.final, kHidden), *to_c = part_of(call.final, kCell);
  if (to_h == nullptr && to_c == nullptr) return;
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t from = plan_.pixel_inside({n, y, 0}) * plan_.hidden;
    const auto store = [&](const float* row, float* state) {
      if (state != nullptr)
        transpose(row, plan_.hidden, shape_.size.w, F, state + n * F * area_ + y * shape_.size.w, area_);
    };
    store(h + from, to_h);
    store(c + from, to_c);
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

void WinogradFused::write_y(const Step& step, std::int64_t first_block, std::int64_t end_block,
                            std::int64_t first, std::int64_t count) const {
  const Frames<float>& y = step.call.y;
  const bool is_wanted = desc_.output == CLN_OUTPUT_SEQUENCE || step.t + 1 == step.call.steps;
  if (y.data == nullptr || !is_wanted) return;
  const std::int64_t t = desc_.output == CLN_OUTPUT_LAST ? 0 : step.t, lanes = device_.kernels.lanes;
  const std::int64_t channel = first_block * lanes;
  const std::int64_t channels = std::min(end_block * lanes, desc_.hidden_channels) - channel;
  for (std::int64_t k = 0; k < count;) {
    // The tiles from here to the end of their row.
    const WinogradTile tile = plan_.tile_at(first + k);
    const std::int64_t tiles = std::min(count - k, plan_.tile_columns - tile.column / plan_.outputs);
    const std::int64_t columns = std::min(tiles * plan_.outputs, shape_.size.w - tile.column);
    k += tiles;
    for (std::int64_t row = 0; row < std::min(plan_.outputs, shape_.size.h - tile.row); ++row) {
      const float* from =
          step.h + plan_.pixel_inside({tile.n, tile.row + row, tile.column}) * plan_.hidden + channel;
      float* to = y.plane(t, tile.n, channel, area_) +
                  ((tile.row + row) * shape_.size.w + tile.column) * y.pixel_stride;
      if (y.pixel_stride == 1)
        transpose(from, plan_.hidden, columns, channels, to, area_);
      else
        for (std::int64_t column = 0; column < columns; ++column)
          std::copy_n(from + column * plan_.hidden, channels, to + column * y.pixel_stride);
    }
  }
}

}  // namespace convlstm::cpu
