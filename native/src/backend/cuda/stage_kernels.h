// The body of the kernels of stage_arguments.h.
#pragma once

#include "backend/cuda/stage_arguments.h"

namespace convlstm::cuda {

CLN_HOST_DEVICE inline float unit_of(std::uint16_t bits) {
  return static_cast<float>(bits) / 65535.0f;
}
CLN_HOST_DEVICE inline std::uint16_t bits_of_unit(float value) {
  int bits = static_cast<int>(value * 65535.0f + 0.5f);
  if (value < 1 && bits > 65534) bits = 65534;
  if (value > 0 && bits < 1) bits = 1;
  return static_cast<std::uint16_t>(bits);
}

template <Element E>
struct StageAccess {
  const StageCommon& common;
  Place at;
  std::int64_t image_pixel;

  CLN_HOST_DEVICE StageAccess(const StageCommon& work, std::int64_t i)
      : common(work), at(work.grid.place(i)), image_pixel(work.grid.pixel(at)) {}

  CLN_HOST_DEVICE std::int64_t index(const StageArray& array) const {
    return at.image * array.image + static_cast<std::int64_t>(at.pixel) * array.pixel + at.channel;
  }

  CLN_HOST_DEVICE float load(const StageArray& array) const {
    if (array.data == nullptr) return 0;
    const std::int64_t i = index(array);
    switch (array.kept) {
      case Kept::kElement:
        return load_element(array.data, i, E);
      case Kept::kBfloat16:
        return bfloat16_to_float(static_cast<const std::uint16_t*>(array.data)[i]);
      case Kept::kUnit16:
        return unit_of(static_cast<const std::uint16_t*>(array.data)[i]);
      default:
        return static_cast<const float*>(array.data)[i];
    }
  }

  CLN_HOST_DEVICE void store(const StageArray& array, float value) const {
    if (array.data == nullptr) return;
    const std::int64_t i = index(array);
    switch (array.kept) {
      case Kept::kElement:
        return store_saturated<E>(array.data, i, value);
      case Kept::kBfloat16:
        static_cast<std::uint16_t*>(array.data)[i] = float_to_bfloat16(value);
        return;
      case Kept::kUnit16:
        static_cast<std::uint16_t*>(array.data)[i] = bits_of_unit(value);
        return;
      default:
        static_cast<float*>(array.data)[i] = value;
    }
  }

  CLN_HOST_DEVICE void write(const StageWrite& to, float value) const {
    store(to.array, value);
    for (int s = 0; s < to.source_count; ++s) {
      const SourceView& source = to.sources[s];
      for (int k = 0; k < source.copies; ++k) {
        const float factor = is_dropped(source) ? drop(source.first_gate + k) : 1.0f;
        store_saturated<E>(source.data, source.index(k, image_pixel, at.channel), value * factor);
      }
    }
  }

  // What was written with factors comes back with them.
  CLN_HOST_DEVICE float load(const SourceView& source) const {
    float sum = 0;
    for (int k = 0; k < source.copies; ++k) {
      const float factor = is_dropped(source) ? drop(source.first_gate + k) : 1.0f;
      sum += factor * load_element(source.data, source.index(k, image_pixel, at.channel), E);
    }
    return sum;
  }

 private:
  CLN_HOST_DEVICE static bool is_dropped(const SourceView& source) { return source.first_gate >= 0; }
  CLN_HOST_DEVICE float drop(int gate) const { return common.drop.factor(gate, common.grid, at.image, at); }
};

template <typename Stage, Element E>
struct ForwardKernel {
  ForwardStage work;

  CLN_HOST_DEVICE float sum(const StageSum& from, const StageAccess<E>& access) const {
    const Place& at = access.at;
    float value = from.bias != nullptr ? from.bias[at.channel] : 0.0f;
    for (const StageTerm& term : from.terms) {
      if (term.data == nullptr) continue;
      const std::int64_t i = access.image_pixel * term.pixel + at.channel;
      float v = term.is_float ? static_cast<const float*>(term.data)[i] : load_element(term.data, i, E);
      if (term.norm >= 0) v = work.norms[term.norm].apply(v, term.gate, work.grid, at);
      value += v;
    }
    return value;
  }

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const StageAccess<E> access(work, i);
    const Place& at = access.at;
    float out[Stage::kWrites] = {};
    const bool is_channel = at.channel < work.grid.channels;
    if (is_channel && (work.active == nullptr || work.active[at.image * work.mask_stride] != 0)) {
      float in[Stage::kReads];
      for (int k = 0; k < Stage::kReads; ++k)
        in[k] = k < work.sum_count ? sum(work.sums[k], access) : access.load(work.reads[k]);
      Stage::run(work.math, in, out);
    } else if (is_channel) {
      for (int k = 0; k < Stage::kWrites; ++k) out[k] = access.load(work.writes[k].before);
    }
    for (int k = 0; k < Stage::kWrites; ++k) access.write(work.writes[k], out[k]);
    if (!is_channel || work.h_write < 0) return;
    float h = 0;
    for (int k = 0; k < Stage::kWrites; ++k)
      if (k == work.h_write) h = out[k];  // known indices stay in registers
    if (work.final.data != nullptr) *work.final.at(0, at.image, at.channel, at.pixel) = h;
    if (work.y.data == nullptr) return;
    const bool emits = work.emits == nullptr || work.emits[at.image * work.mask_stride] != 0;
    *work.y.at(0, at.image, at.channel, at.pixel) = emits ? h : 0.0f;
  }
};

template <typename Stage, Element E>
struct BackwardKernel {
  BackwardStage work;

  CLN_HOST_DEVICE float gradient(const StageGradient& from, const StageAccess<E>& access) const {
    const Place& at = access.at;
    float value = access.load(from.base);
    for (int s = 0; s < from.source_count; ++s) value += access.load(from.sources[s]);
    if (!from.takes_dy || work.dy.data == nullptr) return value;
    if (work.emits != nullptr && work.emits[at.image * work.mask_stride] == 0) return value;
    const float dy = *work.dy.at(0, at.image, at.channel, at.pixel);
    return value + (work.scale != nullptr ? dy * work.scale[0] : dy);
  }

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const StageAccess<E> access(work, i);
    const Place& at = access.at;
    float out[Stage::kWrites] = {};
    if (at.channel < work.grid.channels) {
      static_assert(kMaxStageGradients == 2);  // two numbers stay in registers where an array does not
      const float first = gradient(work.gradients[0], access), second = gradient(work.gradients[1], access);
      if (work.active == nullptr || work.active[at.image * work.mask_stride] != 0) {
        float in[Stage::kReads];
        for (int k = 0; k < Stage::kReads; ++k) {
          const StageArray& read = work.reads[k];
          in[k] = read.kept == Kept::kGradient ? (read.image == 0 ? first : second) : access.load(read);
        }
        Stage::run(work.math, in, out);
      } else {
        for (int k = 0; k < Stage::kWrites; ++k)
          if (work.writes[k].gradient >= 0) out[k] = work.writes[k].gradient == 0 ? first : second;
      }
    }
    for (int k = 0; k < Stage::kWrites; ++k) access.write(work.writes[k], out[k]);
  }
};

}  // namespace convlstm::cuda
