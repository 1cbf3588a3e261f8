// Between the floats of a call and the dense doubles of the reference.
#pragma once

#include <algorithm>

#include "backend/cpu/reference_correlation.h"
#include "backend/executor.h"

namespace convlstm::cpu::reference {

// `channels` planes of `area` pixels.
struct ImageShape {
  std::int64_t channels, area;
  std::int64_t count() const { return channels * area; }
};

// Images of step t of all sequences, to and from a dense array (N, channels, pixels).
inline void widen_step(const Frames<const float>& frames, std::int64_t t, std::int64_t batch,
                       const ImageShape& image, double* dense) {
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t k = 0; k < image.channels; ++k)
      for (std::int64_t a = 0; a < image.area; ++a)
        *dense++ = static_cast<double>(frames.plane(t, n, k, image.area)[a * frames.pixel_stride]);
}

inline void narrow_step(const double* dense, const Frames<float>& frames, std::int64_t t, std::int64_t batch,
                        const ImageShape& image) {
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t k = 0; k < image.channels; ++k)
      for (std::int64_t a = 0; a < image.area; ++a)
        frames.plane(t, n, k, image.area)[a * frames.pixel_stride] = static_cast<float>(*dense++);
}

// Steps [range.begin, range.end) of a dense array (T, N, channels, pixels) of `steps` steps, the others being
// zeros; empty where there are no such frames.
inline Doubles widen(const Frames<const float>& frames, StepRange range, std::int64_t steps,
                     std::int64_t batch, const ImageShape& image) {
  if (frames.data == nullptr || range.begin >= range.end) return {};
  Doubles dense(size_of(steps * batch * image.count()));
  for (std::int64_t t = range.begin; t < range.end; ++t)
    widen_step(frames, t, batch, image, dense.data() + t * batch * image.count());
  return dense;
}

inline void narrow(const Doubles& dense, const Frames<float>& frames, StepRange range, std::int64_t batch,
                   const ImageShape& image) {
  for (std::int64_t t = range.begin; t < range.end && frames.data != nullptr; ++t)
    narrow_step(dense.data() + t * batch * image.count(), frames, t, batch, image);
}

// Nothing happens where the floats are not there.
inline void widen(const float* from, std::int64_t count, double* to) {
  for (std::int64_t k = 0; k < count && from != nullptr; ++k) to[k] = static_cast<double>(from[k]);
}
inline void narrow(const double* from, std::int64_t count, float* to) {
  for (std::int64_t k = 0; k < count && to != nullptr; ++k) to[k] = static_cast<float>(from[k]);
}
inline void add_narrow(const Doubles& from, float* to) {
  for (std::size_t k = 0; k < from.size() && to != nullptr; ++k)
    to[k] = static_cast<float>(static_cast<double>(to[k]) + from[k]);
}

}  // namespace convlstm::cpu::reference
