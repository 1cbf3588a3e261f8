// What a forward of winograd_fused takes from the layouts outside, and gives to them.
#include <algorithm>

#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_fused.h"

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kMaxPoints = 64;

}  // namespace

void WinogradFused::transpose_squares(const float* from, std::int64_t from_stride, std::int64_t rows,
                                      std::int64_t columns, float* to, std::int64_t to_stride) const {
  const std::int64_t lanes = device_.kernels.lanes;
  const std::int64_t whole_rows = rows / lanes * lanes, whole_columns = columns / lanes * lanes;
  for (std::int64_t row = 0; row < whole_rows; row += lanes)
    for (std::int64_t column = 0; column < whole_columns; column += lanes)
      table_.transpose_square(from + row * from_stride + column, from_stride, to + column * to_stride + row,
                              to_stride);
  transpose(from + whole_columns, from_stride, whole_rows, columns - whole_columns,
            to + whole_columns * to_stride, to_stride);
  transpose(from + whole_rows * from_stride, from_stride, rows - whole_rows, columns, to + whole_rows,
            to_stride);
}

bool WinogradFused::reads_outside(const ForwardCall& call) const {
  return call.reserve == nullptr && !plan_.shares_hidden(device_.pool.size());
}

// Masked steps copy h from the tape; and the step must not write what its other tiles still read.
bool WinogradFused::reads_h_outside(const ForwardCall& call) const {
  const bool overwrites = call.steps == 1 && part_of(call.final, kHidden) == part_of(call.initial, kHidden);
  return reads_outside(call) && call.mask.active == nullptr && !overwrites;
}

bool WinogradFused::reads_x_outside(const ForwardCall& call) const {
  return reads_outside(call) && call.x.pixel_stride == 1 && !plan_.hoists_input && plan_.few_inputs == 0;
}

WinogradFused::Outside WinogradFused::outside(const float* state) const {
  const std::int64_t F = desc_.hidden_channels;
  return {{state, 0, F * area_}, 0, F};
}

// Inference reads the initial states where it needs them: load_cells, transform_outside.
void WinogradFused::load_states(const ForwardCall& call, const WinogradTape& tape) {
  if (reads_h_outside(call)) return;
  const std::int64_t F = desc_.hidden_channels;
  const float *h = part_of(call.initial, kHidden), *c = part_of(call.initial, kCell);
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t to = plan_.pixel_inside({n, y, 0}) * plan_.hidden;
    const auto load = [&](const float* state, float* row) {
      if (state == nullptr || F < plan_.hidden) std::fill_n(row, shape_.size.w * plan_.hidden, 0.0f);
      if (state != nullptr)
        transpose_squares(state + n * F * area_ + y * shape_.size.w, area_, F, shape_.size.w, row,
                          plan_.hidden);
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
  if (plan_.few_inputs > 0) return transform_few_inputs(call, t, image);
  if (reads_x_outside(call)) return;
  if (call.reserve != nullptr) clear_margins(image, plan_.input);
  const std::int64_t C = desc_.input_channels, stride = call.x.pixel_stride;
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    float* to = image + plan_.pixel_inside({n, y, 0}) * plan_.input;
    const float* from = call.x.plane(t, n, 0, area_) + y * shape_.size.w * stride;
    if (stride == 1)
      transpose_squares(from, area_, C, shape_.size.w, to, plan_.input);
    else
      for (std::int64_t x = 0; x < shape_.size.w; ++x)
        std::copy_n(from + x * stride, C, to + x * plan_.input);
  });
}

void WinogradFused::transform_few_inputs(const ForwardCall& call, std::int64_t t, float* points) {
  const std::int64_t lanes = device_.kernels.lanes, side = plan_.side(), margin = (plan_.taps - 1) / 2;
  const std::int64_t H = shape_.size.h, W = shape_.size.w, stride = call.x.pixel_stride;
  const std::int64_t groups = plan_.few_stride() / lanes;
  device_.pool.parallel_for(groups * plan_.few_inputs, [&](std::int64_t part) {
    const std::int64_t first = part % groups * lanes, channel = part / groups;
    alignas(64) float pixels[kMaxPoints * kMaxLanes] = {};  // that the tiles see, [row][column][tile]
    for (std::int64_t lane = 0; lane < std::min(lanes, plan_.tiles - first); ++lane) {
      const WinogradTile tile = plan_.tile_at(first + lane);
      const float* plane = call.x.plane(t, tile.n, channel, area_);
      const std::int64_t top = tile.row - margin, left = tile.column - margin;
      for (std::int64_t y = std::max<std::int64_t>(top, 0); y < std::min(top + side, H); ++y)
        for (std::int64_t x = std::max<std::int64_t>(left, 0); x < std::min(left + side, W); ++x)
          pixels[((y - top) * side + x - left) * lanes + lane] = plane[(y * W + x) * stride];
    }
    kernels_.input({pixels, side * lanes, lanes, 1, points + channel * plan_.few_stride() + first,
                    plan_.few_point_stride()});
  });
}

void WinogradFused::transform_outside(const Outside& from, const Chunk& chunk, float* transformed,
                                      float* band) const {
  const std::int64_t lanes = device_.kernels.lanes, channels = plan_.step_channels();
  const std::int64_t H = shape_.size.h, W = shape_.size.w, margin = (plan_.taps - 1) / 2;
  for (std::int64_t k = 0; k < chunk.count;) {
    const WinogradTile tile = plan_.tile_at(chunk.first + k);
    const std::int64_t tiles = std::min(chunk.count - k, plan_.tile_columns - tile.column / plan_.outputs);
    const std::int64_t columns = tiles * plan_.outputs + plan_.taps - 1;
    const std::int64_t left = tile.column - margin, begin = std::max<std::int64_t>(left, 0);
    const std::int64_t end = std::min(left + columns, W);
    for (std::int64_t channel = 0; channel < from.channels; channel += lanes) {
      const std::int64_t used = std::min(lanes, from.channels - channel);
      const float* plane = from.frames.plane(from.t, tile.n, channel, area_);
      for (std::int64_t row = 0; row < plan_.side(); ++row) {
        const std::int64_t y = tile.row - margin + row;
        float *line = band + row * columns * lanes, *const line_end = line + columns * lanes;
        if (y < 0 || y >= H || used < lanes) std::fill(line, line_end, 0.0f);
        if (y < 0 || y >= H) continue;
        std::fill_n(line, (begin - left) * lanes, 0.0f);
        std::fill(line + (end - left) * lanes, line_end, 0.0f);
        transpose_squares(plane + y * W + begin, area_, used, end - begin, line + (begin - left) * lanes,
                          lanes);
      }
      for (std::int64_t j = 0; j < tiles; ++j)
        kernels_.input({band + j * plan_.outputs * lanes, columns * lanes, lanes, 1,
                        transformed + (k + j) * channels + channel, winograd_stride(chunk.most * channels)});
    }
    k += tiles;
  }
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
      transpose_squares(c + (at.n * F + channel) * area_ + at.row * shape_.size.w + at.column, area_,
                        channels, columns, pixels, lanes);
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
      transpose_squares(from, stride, columns, channels, to, area_);
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
