// The ends of the products of fused_backward_arguments.h: what becomes of the sums of two neighbouring
// columns at a pixel.
#pragma once

#include "backend/cuda/fused_backward_arguments.h"
#include "backend/cuda/fused_math.h"
#include "backend/cuda/fused_pairs.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {

template <Element E, typename Math>
struct GateGradients {
  using Work = FusedBackwardStep;
  const Work& work;

  CLN_DEVICE bool has(std::int32_t channel) const { return channel < work.grid.padded; }

  // `dh`: the sums.
  CLN_DEVICE void finish(Pair dh, std::int32_t pixel, std::int32_t channel) const {
    const std::int32_t padded = work.grid.padded;
    const std::int64_t at = static_cast<std::int64_t>(pixel) * padded + channel;
    if (work.dh_more != nullptr) {
      const Pair more = load_pair(work.dh_more, at);
      for (int k = 0; k < 2; ++k) dh.value[k] += more.value[k];
    }
    if (work.rows == nullptr) return store_pair(work.dh_left, at, dh);
    std::int32_t p = 0;
    const std::int32_t n = work.place.image(pixel, p);
    add_output(dh, n, p, channel);
    const bool is_active = work.active == nullptr || work.active[n * work.mask_stride] != 0;
    if (work.dh_left != nullptr) store_pair(work.dh_left, at, is_active ? Pair{} : dh);
    Pair rows[4] = {};
    if (is_active) run(dh, at, p, channel, rows);
    for (int gate = 0; gate < 4; ++gate)
      store_pair<E>(work.rows, (static_cast<std::int64_t>(pixel) * 4 + gate) * padded + channel, rows[gate]);
  }

 private:
  CLN_DEVICE void add_output(Pair& dh, std::int32_t n, std::int32_t p, std::int32_t channel) const {
    if (work.dy.data == nullptr) return;
    if (work.emits != nullptr && work.emits[n * work.mask_stride] == 0) return;
    const float scale = work.scale != nullptr ? work.scale[0] : 1.0f;
    for (int k = 0; k < 2; ++k)
      if (channel + k < work.grid.channels) dh.value[k] += scale * *work.dy.at(0, n, channel + k, p);
  }

  CLN_DEVICE void run(const Pair& dh, std::int64_t at, std::int32_t p, std::int32_t channel,
                      Pair (&rows)[4]) const {
    const Math math{work.math};
    Pair gates[4], peephole[3] = {}, dc = load_pair(work.dc, at);
    for (int gate = 0; gate < 4; ++gate) gates[gate] = load_pair(work.gates[gate], at);
    if (work.peephole != nullptr)
      for (int k = 0; k < 3; ++k)
        peephole[k] = load_pair(work.peephole, static_cast<std::int64_t>(p) * work.peephole_pixel +
                                                   k * work.grid.padded + channel);
    const Pair before = load_pair(work.c_before, at), c = load_pair(work.c, at);
    for (int k = 0; k < 2; ++k) {
      const auto d = conv_lstm::backward<Math, float>(
          math, {gates[0].value[k], gates[1].value[k], gates[2].value[k], gates[3].value[k]},
          {peephole[0].value[k], peephole[1].value[k], peephole[2].value[k]}, before.value[k], c.value[k],
          math.cell(c.value[k]), dh.value[k], dc.value[k]);
      const bool is_channel = channel + k < work.grid.channels;
      const float of_gates[4] = {d.pre.i, d.pre.f, d.pre.g, d.pre.o};
      for (int gate = 0; gate < 4; ++gate) rows[gate].value[k] = is_channel ? of_gates[gate] : 0.0f;
      dc.value[k] = is_channel ? d.c_before : 0.0f;
    }
    store_pair(work.dc, at, dc);
  }
};

struct InputGradients {
  using Work = FusedInputGradient;
  const Work& work;

  CLN_DEVICE bool has(std::int32_t channel) const { return channel < work.channels; }

  CLN_DEVICE void finish(const Pair& dx, std::int32_t pixel, std::int32_t channel) const {
    std::int32_t q = 0;
    const std::int32_t image = work.place.image(pixel, q), t = work.batch.quotient(image);
    const float scale = work.scale != nullptr ? work.scale[1] : 1.0f;
    for (int k = 0; k < 2; ++k)
      if (channel + k < work.channels)
        *work.to.at(t, image - t * work.batch.value(), channel + k, q) = scale * dx.value[k];
  }
};

}  // namespace convlstm::cuda
