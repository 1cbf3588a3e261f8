// What the backward of winograd_fused needs before its steps, and what it hands out after them.
#include <algorithm>
#include <string>

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
  filled_ = 0;
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
