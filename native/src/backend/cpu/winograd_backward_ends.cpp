// What the backward of winograd_fused needs before its steps, and what it hands out after them.
#include <algorithm>
#include <functional>
#include <string>

#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_backward.h"
#include "backend/cpu/winograd_weights.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

std::shared_ptr<const WinogradBackward::Form> WinogradBackward::form(const ParameterViews& parameters,
                                                                     bool wants_dx) const {
  const std::string key = std::string("winograd backward ") + device_.kernels.name + ' ' +
                          std::to_string(plan_.outputs) + (wants_dx ? " dx" : "");
  return parameters.packed->get<Form>(key, parameters.version, [&] {
    auto form = std::make_shared<Form>();
    form->to_hidden = winograd_transposed_weights(device_, desc_, plan_, parameters, kRecurrentKernel);
    if (wants_dx)
      form->to_input = winograd_transposed_weights(device_, desc_, plan_, parameters, kInputKernel);
    form->peephole = AlignedBuffer(3 * plan_.hidden);
    const float* from = parameters.data[kPeephole];
    for (std::int64_t row = 0; from != nullptr && row < 3; ++row)
      for (std::int64_t k = 0; k < desc_.hidden_channels; ++k)
        form->peephole.data()[(k / lanes_ * 3 + row) * lanes_ + k % lanes_] =
            from[row * desc_.hidden_channels + k];
    return form;
  });
}

void WinogradBackward::start(const BackwardCall& call) {
  const float* dc = part_of(call.dfinal, kCell);
  const std::int64_t F = desc_.hidden_channels;
  window_ = {};
  if (has_mask(call)) {
    if (passed_.count() == 0) passed_ = AlignedBuffer(dc_.count());
    std::fill_n(passed_.data(), passed_.count(), 0.0f);
  }
  device_.pool.parallel_for(plan_.tiles, [&](std::int64_t index) {
    const WinogradTile tile = plan_.tile_at(index);
    float* to = dc_.data() + index * plan_.tile_pixels() * plan_.hidden;
    std::fill_n(to, plan_.tile_pixels() * plan_.hidden, 0.0f);
    for (std::int64_t k = 0; dc != nullptr && k < F; ++k)
      for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
        to[(k / lanes_ * plan_.tile_pixels() + inside) * lanes_ + k % lanes_] =
            dc[(tile.n * F + k) * area_ + pixel];
      });
  });
  device_.pool.parallel_for(plan_.points, [&](std::int64_t part) {
    const std::int64_t count = gradient_.count() / plan_.points;
    std::fill_n(gradient_.data() + part * count, count, 0.0f);
  });
  std::fill_n(small_gradient_.data(), small_gradient_.count(), 0.0f);
}

void WinogradBackward::add_dy(const Step& step, const WinogradTile& tile, std::int64_t block,
                              float* dh) const {
  const Frames<const float>& dy = step.call.dy;
  const bool emits = step.t + 1 == step.call.steps || desc_.output == CLN_OUTPUT_SEQUENCE;
  if (dy.data == nullptr || !emits || !step.call.mask.does_emit(step.t, tile.n)) return;
  const std::int64_t count = std::min(lanes_, desc_.hidden_channels - block * lanes_);
  const std::int64_t rows = std::min(plan_.outputs, shape_.size.h - tile.row);
  const std::int64_t columns = std::min(plan_.outputs, shape_.size.w - tile.column);
  alignas(64) float pixels[kMaxPixels * kMaxLanes] = {};
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* from =
        dy.plane(desc_.output == CLN_OUTPUT_LAST ? 0 : step.t, tile.n, block * lanes_, area_) +
        ((tile.row + row) * shape_.size.w + tile.column) * dy.pixel_stride;
    float* to = pixels + row * plan_.outputs * lanes_;
    if (dy.pixel_stride == 1)
      transpose(from, area_, count, columns, to, lanes_);
    else
      for (std::int64_t column = 0; column < columns; ++column)
        std::copy_n(from + column * dy.pixel_stride, count, to + column * lanes_);
  }
  for (std::int64_t k = 0; k < plan_.tile_pixels() * lanes_; ++k) dh[k] += pixels[k];
}

void WinogradBackward::load_dfinal(const Step& step, const WinogradTile& tile, std::int64_t block,
                                   float* dh) const {
  const float* from = part_of(step.call.dfinal, kHidden);
  const std::int64_t F = desc_.hidden_channels;
  for (std::int64_t k = 0; from != nullptr && k < std::min(lanes_, F - block * lanes_); ++k)
    for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
      dh[inside * lanes_ + k] = from[(tile.n * F + block * lanes_ + k) * area_ + pixel];
    });
}

void WinogradBackward::add_seen(const float* seen, std::int64_t vectors, std::int64_t index, std::int64_t v,
                                float* pixels) const {
  const WinogradTile tile = plan_.tile_at(index);
  const std::int64_t next = seen_count(vectors);
  kernels_.overlap({seen + index * next + v * plan_.points * lanes_, next, plan_.tile_columns * next,
                    tile.column > 0, tile.column + plan_.outputs<shape_.size.w, tile.row> 0,
                    tile.row + plan_.outputs < shape_.size.h, pixels});
}

void WinogradBackward::write_dhidden(const BackwardCall& call, float* to) const {
  const std::int64_t F = desc_.hidden_channels;
  device_.pool.parallel_for(plan_.tiles * plan_.blocks, [&](std::int64_t part) {
    const std::int64_t index = part / plan_.blocks, block = part % plan_.blocks;
    const WinogradTile tile = plan_.tile_at(index);
    alignas(64) float pixels[kMaxPixels * kMaxLanes] = {};
    add_seen(seen_hidden(0), plan_.blocks, index, block, pixels);
    if (has_mask(call))
      std::transform(pixels, pixels + plan_.tile_pixels() * lanes_, passed(index, block), pixels,
                     std::plus<>());
    for (std::int64_t k = 0; k < std::min(lanes_, F - block * lanes_); ++k)
      for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
        to[(tile.n * F + block * lanes_ + k) * area_ + pixel] = pixels[inside * lanes_ + k];
      });
  });
}

void WinogradBackward::write_dinput(const BackwardCall& call, std::int64_t t, const float* seen) const {
  const std::int64_t vectors = plan_.input / lanes_, pixel_stride = call.dx.pixel_stride;
  device_.pool.parallel_for(plan_.tiles * vectors, [&](std::int64_t part) {
    const std::int64_t index = part / vectors, v = part % vectors;
    const WinogradTile tile = plan_.tile_at(index);
    alignas(64) float pixels[kMaxPixels * kMaxLanes] = {};
    add_seen(seen, vectors, index, v, pixels);
    for (std::int64_t k = 0; k < std::min(lanes_, desc_.input_channels - v * lanes_); ++k) {
      float* to = call.dx.plane(t, tile.n, v * lanes_ + k, area_);
      for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
        to[pixel * pixel_stride] = pixels[inside * lanes_ + k];
      });
    }
  });
}

void WinogradBackward::write_gradients(const BackwardCall& call) const {
  const Gradients& gradients = call.gradients.front();
  add_winograd_gradient(device_, desc_, plan_, gradient_.data(), gradients);
  const std::int64_t F = desc_.hidden_channels;
  const auto add = [&](float* to, std::int64_t which, std::int64_t row, std::int64_t gate) {
    for (std::int64_t k = 0; to != nullptr && k < F; ++k)
      to[row * F + k] +=
          small_gradient_.data()[((k / lanes_ * 2 + which) * kGates + gate) * lanes_ + k % lanes_];
  };
  for (std::int64_t gate = 0; gate < kGates; ++gate) {
    add(gradients[kGateBias], 0, gate, gate);
    add(gradients[kRecurrentBias], 0, gate, gate);
  }
  add(gradients[kPeephole], 1, 0, conv_lstm::kI);
  add(gradients[kPeephole], 1, 1, conv_lstm::kF);
  add(gradients[kPeephole], 1, 2, conv_lstm::kO);
}

void WinogradBackward::write_dcell(float* to) const {
  const std::int64_t F = desc_.hidden_channels;
  device_.pool.parallel_for(plan_.tiles, [&](std::int64_t index) {
    const WinogradTile tile = plan_.tile_at(index);
    const float* from = dc_.data() + index * plan_.tile_pixels() * plan_.hidden;
    for (std::int64_t k = 0; k < F; ++k)
      for_pixels(tile, [&](std::int64_t inside, std::int64_t pixel) {
        to[(tile.n * F + k) * area_ + pixel] =
            from[(k / lanes_ * plan_.tile_pixels() + inside) * lanes_ + k % lanes_];
      });
  });
}

}  // namespace convlstm::cpu
