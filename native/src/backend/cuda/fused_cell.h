// The end of a fused kernel: sums of a warp become states, in registers.
#pragma once

#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/fused_math.h"
#include "backend/cuda/fused_pairs.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {

template <Element E, typename Math>
struct FusedCell {
  const FusedStep& work;
  Math math;
  int channel;  // the first of two
  Pair bias[4];
  CLN_DEVICE FusedCell(const FusedStep& step, int first) : work(step), math{step.math}, channel(first) {
    for (int gate = 0; gate < 4; ++gate) bias[gate] = load_pair(work.bias, gate * work.grid.padded + channel);
  }

  // `sums`: of a 16-pixel tile; half 0: its first 8 pixels.
  CLN_DEVICE void finish(const float (&sums)[4][4], int half, std::int32_t pixel) const {
    std::int32_t p = 0;
    const std::int32_t n = work.place.image(pixel, p);
    const std::int64_t at = static_cast<std::int64_t>(pixel) * work.grid.padded + channel;
    Pair c = load_pair(work.c_before, at), h, gates[4] = {};
    if (work.active != nullptr && work.active[n * work.mask_stride] == 0) {
      h = work.hidden != nullptr ? load_pair(work.hidden, at) : load(work.h.data, at);
    } else {
      Pair peephole[3] = {};
      if (work.peephole != nullptr)
        for (int k = 0; k < 3; ++k)
          peephole[k] = load_pair(work.peephole, static_cast<std::int64_t>(p) * work.peephole_pixel +
                                                     k * work.grid.padded + channel);
      for (int k = 0; k < 2; ++k) {
        const auto sum = [&](int gate) { return sums[gate][2 * half + k] + bias[gate].value[k]; };
        const auto step = conv_lstm::forward<Math, float>(
            math, {sum(0), sum(1), sum(2), sum(3)},
            {peephole[0].value[k], peephole[1].value[k], peephole[2].value[k]}, c.value[k]);
        const bool is_channel = channel + k < work.grid.channels;
        c.value[k] = is_channel ? step.c : 0.0f;
        h.value[k] = is_channel ? step.h : 0.0f;
        const float of_gates[4] = {step.gates.i, step.gates.f, step.gates.g, step.gates.o};
        for (int gate = 0; gate < 4; ++gate) gates[gate].value[k] = is_channel ? of_gates[gate] : 0.0f;
      }
      if (work.hidden != nullptr) store_pair(work.hidden, at, h);
    }
    store_pair(work.c_after, at, c);
    for (int gate = 0; gate < 4; ++gate)
      if (work.gates[gate].data != nullptr) store_pair(work.gates[gate], at, gates[gate]);
    store_pair<E>(work.h_after, at, h);
    write_out(h, n, p);
  }

 private:
  CLN_DEVICE static Pair load(const void* data, std::int64_t i) {
    return {{load_element(data, i, E), load_element(data, i + 1, E)}};
  }

  // h as the caller has it.
  CLN_DEVICE void write_out(const Pair& h, std::int32_t n, std::int32_t p) const {
    const bool emits = work.emits == nullptr || work.emits[n * work.mask_stride] != 0;
    for (int k = 0; k < 2; ++k) {
      if (channel + k >= work.grid.channels) return;
      if (work.final.data != nullptr) *work.final.at(0, n, channel + k, p) = h.value[k];
      if (work.y.data != nullptr) *work.y.at(0, n, channel + k, p) = emits ? h.value[k] : 0.0f;
    }
  }
};

}  // namespace convlstm::cuda
