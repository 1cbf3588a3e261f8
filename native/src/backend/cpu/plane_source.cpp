#include "backend/cpu/plane_source.h"

#include <algorithm>
#include <cstring>

#include "cell/bfloat16.h"

namespace convlstm::cpu {
namespace {

// The elements of one dimension that see one phase.
struct AxisPhase {
  std::int64_t first, size;
  std::vector<std::int64_t> elements, shifts;
};

std::vector<AxisPhase> phases_of(const Axis& axis) {
  std::vector<AxisPhase> phases;
  for (std::int64_t first = 0; first < axis.stride; ++first) {
    AxisPhase phase{
        first, std::max<std::int64_t>(0, (axis.input - first + axis.stride - 1) / axis.stride), {}, {}};
    for (std::int64_t k = 0; k < axis.kernel; ++k) {
      const std::int64_t place = axis.dilation * k - axis.before;
      const std::int64_t shift = floor_div(place, axis.stride);
      if (place - shift * axis.stride != first) continue;
      phase.elements.push_back(k);
      phase.shifts.push_back(shift);
    }
    if (!phase.elements.empty()) phases.push_back(std::move(phase));
  }
  return phases;
}

float convert(float value, const float*) {
  return value;
}
std::uint16_t convert(float value, const std::uint16_t*) {
  return bfloat16::from_float(value);
}

template <typename Plane>
void pack_row(const float* from, std::int64_t stride, const float* factors, std::int64_t factor_stride,
              std::int64_t count, Plane* to) {
  if (factors != nullptr) {
    for (std::int64_t x = 0; x < count; ++x)
      to[x] = convert(from[x * stride] * factors[x * factor_stride], to);
  } else if (stride == 1) {
    for (std::int64_t x = 0; x < count; ++x) to[x] = convert(from[x], to);
  } else {
    for (std::int64_t x = 0; x < count; ++x) to[x] = convert(from[x * stride], to);
  }
}

}  // namespace

PlaneSource::PlaneSource(const PlaneGeometry& geometry, const Axes& axes) : geometry_(geometry), axes_(axes) {
  for (const AxisPhase& d : phases_of(axes.d))
    for (const AxisPhase& h : phases_of(axes.h))
      for (const AxisPhase& w : phases_of(axes.w)) {
        Phase phase{{h.first, w.first, d.first}, {h.size, w.size, d.size}, {}, {}};
        for (std::size_t i = 0; i < d.elements.size(); ++i)
          for (std::size_t j = 0; j < h.elements.size(); ++j)
            for (std::size_t k = 0; k < w.elements.size(); ++k) {
              phase.elements.push_back((d.elements[i] * axes.h.kernel + h.elements[j]) * axes.w.kernel +
                                       w.elements[k]);
              phase.shifts.push_back(geometry.layout().at(d.shifts[i], h.shifts[j], w.shifts[k]));
            }
        phases_.push_back(std::move(phase));
      }
}

bool PlaneSource::sees_all() const {
  return static_cast<std::int64_t>(phases_.size()) == axes_.d.stride * axes_.h.stride * axes_.w.stride;
}

std::vector<std::int64_t> PlaneSource::offsets(std::int64_t channels) const {
  std::vector<std::int64_t> result(static_cast<std::size_t>(channels * elements()));
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::size_t p = 0; p < phases_.size(); ++p)
      for (std::size_t k = 0; k < phases_[p].elements.size(); ++k)
        result[static_cast<std::size_t>(channel * elements() + phases_[p].elements[k])] =
            channel * channel_stride() + static_cast<std::int64_t>(p) * geometry_.plane_stride() +
            phases_[p].shifts[k];
  return result;
}

std::vector<std::int64_t> PlaneSource::transposed_offsets(const Phase& phase, std::int64_t rows) const {
  std::vector<std::int64_t> result;
  result.reserve(static_cast<std::size_t>(rows) * phase.shifts.size());
  for (std::int64_t row = 0; row < rows; ++row)
    for (const std::int64_t shift : phase.shifts) result.push_back(row * geometry_.plane_stride() - shift);
  return result;
}

template <typename Plane>
Plane* PlaneSource::plane(Plane* set, std::int64_t channel, std::size_t phase, std::int64_t n) const {
  return set + channel * channel_stride() + static_cast<std::int64_t>(phase) * geometry_.plane_stride() +
         n * geometry_.plane();
}

template <typename Plane>
void PlaneSource::pack(const float* image, std::int64_t pixel_stride, const float* factors, Plane* set,
                       std::int64_t channel, std::int64_t n) const {
  for (std::size_t p = 0; p < phases_.size(); ++p) {
    const Phase& phase = phases_[p];
    Plane* pixels = plane(set, channel, p, n) + geometry_.origin();
    for (std::int64_t z = 0; z < phase.size.d; ++z)
      for (std::int64_t y = 0; y < phase.size.h; ++y) {
        const std::int64_t pixel =
            ((z * axes_.d.stride + phase.first.d) * axes_.h.input + y * axes_.h.stride + phase.first.h) *
                axes_.w.input +
            phase.first.w;
        pack_row(image + pixel * pixel_stride, pixel_stride * axes_.w.stride,
                 factors != nullptr ? factors + pixel : nullptr, axes_.w.stride, phase.size.w,
                 pixels + geometry_.layout().at(z, y));
      }
  }
}

template void PlaneSource::pack(const float*, std::int64_t, const float*, float*, std::int64_t,
                                std::int64_t) const;
template void PlaneSource::pack(const float*, std::int64_t, const float*, std::uint16_t*, std::int64_t,
                                std::int64_t) const;

void PlaneSource::clear_margins(float* set, std::int64_t channel, std::int64_t n) const {
  for (std::size_t p = 0; p < phases_.size(); ++p)
    geometry_.clear_around(plane(set, channel, p, n), phases_[p].size);
}

void PlaneSource::store(const float* lanes, std::int64_t vector, const Phase& phase,
                        const PixelSink& sink) const {
  pixels().for_segments(vector, [&](const PlaneVectors::Segment& s) {
    const std::int64_t count = std::min(s.count, phase.size.w - s.x);
    if (s.z >= phase.size.d || s.y >= phase.size.h) return;
    const std::int64_t pixel =
        ((s.z * axes_.d.stride + phase.first.d) * axes_.h.input + s.y * axes_.h.stride + phase.first.h) *
            axes_.w.input +
        s.x * axes_.w.stride + phase.first.w;
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t at = pixel + k * axes_.w.stride;
      const float value = sink.factors != nullptr ? lanes[s.lane + k] * sink.factors[at] : lanes[s.lane + k];
      float& to = sink.image[at * sink.pixel_stride];
      to = sink.adds ? to + value : value;
    }
  });
}

}  // namespace convlstm::cpu
