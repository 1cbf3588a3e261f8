#include "backend/cpu/plane_source.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "cell/bfloat16.h"

namespace convlstm::cpu {
namespace {

// The elements of one dimension that see one phase.
struct AxisPhase {
  std::int64_t first, size;
  std::vector<Contact> contacts;
};

std::int64_t pixels_of(const Axis& axis, std::int64_t phase) {
  return std::max<std::int64_t>(0, (axis.input - phase + axis.stride - 1) / axis.stride);
}

std::vector<AxisPhase> phases_of(const Axis& axis) {
  std::vector<AxisPhase> phases;
  const std::vector<Contact> contacts = contacts_of(axis);
  for (std::int64_t first = 0; first < axis.stride; ++first) {
    AxisPhase phase{first, pixels_of(axis, first), {}};
    std::copy_if(contacts.begin(), contacts.end(), std::back_inserter(phase.contacts),
                 [&](const Contact& contact) { return contact.phase == first; });
    if (!phase.contacts.empty() || axis.stride == 1) phases.push_back(std::move(phase));
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

std::vector<Contact> contacts_of(const Axis& axis) {
  std::vector<Contact> contacts;
  for (std::int64_t k = 0; k < axis.kernel; ++k) {
    const std::int64_t place = axis.dilation * k - axis.before, shift = floor_div(place, axis.stride);
    const std::int64_t phase = place - shift * axis.stride;
    // Between the first and the last output pixel.
    if (shift > -axis.output && shift < pixels_of(axis, phase)) contacts.push_back({k, phase, shift});
  }
  return contacts;
}

PlaneSource::PlaneSource(const PlaneGeometry& geometry, const Axes& axes) : geometry_(geometry), axes_(axes) {
  for (const AxisPhase& d : phases_of(axes.d))
    for (const AxisPhase& h : phases_of(axes.h))
      for (const AxisPhase& w : phases_of(axes.w)) {
        Phase phase{{h.first, w.first, d.first}, {h.size, w.size, d.size}, {}, {}};
        for (const Contact& i : d.contacts)
          for (const Contact& j : h.contacts)
            for (const Contact& k : w.contacts) {
              phase.elements.push_back((i.element * axes.h.kernel + j.element) * axes.w.kernel + k.element);
              phase.shifts.push_back(geometry.layout().at(i.shift, j.shift, k.shift));
            }
        elements_.insert(elements_.end(), phase.elements.begin(), phase.elements.end());
        phases_.push_back(std::move(phase));
      }
  std::sort(elements_.begin(), elements_.end());
}

std::string PlaneSource::key() const {
  std::string text;
  for (const Axis* axis : {&axes_.d, &axes_.h, &axes_.w}) {
    text += ' ' + std::to_string(axis->before % axis->stride) + ':';
    std::uint64_t seen = 0;  // kernels have up to 63 elements
    for (const Contact& contact : contacts_of(*axis)) seen |= std::uint64_t{1} << contact.element;
    text += std::to_string(seen);
  }
  return text;
}

bool PlaneSource::sees_all() const {
  return static_cast<std::int64_t>(phases_.size()) == axes_.d.stride * axes_.h.stride * axes_.w.stride;
}

std::vector<std::int64_t> PlaneSource::offsets(std::int64_t channels) const {
  std::vector<std::int64_t> of_element(static_cast<std::size_t>(kernel_area())), result;
  for (std::size_t p = 0; p < phases_.size(); ++p)
    for (std::size_t k = 0; k < phases_[p].elements.size(); ++k)
      of_element[static_cast<std::size_t>(phases_[p].elements[k])] =
          static_cast<std::int64_t>(p) * geometry_.plane_stride() + phases_[p].shifts[k];
  result.reserve(static_cast<std::size_t>(channels) * elements_.size());
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (const std::int64_t element : elements_)
      result.push_back(channel * channel_stride() + of_element[static_cast<std::size_t>(element)]);
  return result;
}

std::vector<std::int64_t> PlaneSource::columns(std::int64_t channels) const {
  std::vector<std::int64_t> result;
  result.reserve(static_cast<std::size_t>(channels) * elements_.size());
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (const std::int64_t element : elements_) result.push_back(channel * kernel_area() + element);
  return result;
}

WeightRuns PlaneSource::runs(std::int64_t channels) const {
  return {channels, kernel_area(), static_cast<std::int64_t>(elements_.size()), elements_.data()};
}

WeightRuns PlaneSource::transposed_runs(const Phase& phase, std::int64_t rows, std::int64_t channels) const {
  return {rows, channels * kernel_area(), static_cast<std::int64_t>(phase.elements.size()),
          phase.elements.data()};
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

// Calls body(first pixel in the image, pixels, their places) for every row of every phase.
template <typename Plane, typename Body>
void PlaneSource::for_rows_of(Plane* set, std::int64_t channel, std::int64_t n, const Body& body) const {
  for (std::size_t p = 0; p < phases_.size(); ++p) {
    const Phase& phase = phases_[p];
    Plane* pixels = plane(set, channel, p, n) + geometry_.origin();
    for (std::int64_t z = 0; z < phase.size.d; ++z)
      for (std::int64_t y = 0; y < phase.size.h; ++y) {
        const std::int64_t pixel =
            ((z * axes_.d.stride + phase.first.d) * axes_.h.input + y * axes_.h.stride + phase.first.h) *
                axes_.w.input +
            phase.first.w;
        body(pixel, phase.size.w, pixels + geometry_.layout().at(z, y));
      }
  }
}

template <typename Plane>
void PlaneSource::pack(const float* image, std::int64_t pixel_stride, const float* factors, Plane* set,
                       std::int64_t channel, std::int64_t n) const {
  for_rows_of(set, channel, n, [&](std::int64_t pixel, std::int64_t count, Plane* to) {
    if (image == nullptr) {
      std::fill_n(to, count, Plane{});
      return;
    }
    pack_row(image + pixel * pixel_stride, pixel_stride * axes_.w.stride,
             factors != nullptr ? factors + pixel : nullptr, axes_.w.stride, count, to);
  });
}

void PlaneSource::pack_pairs(const Kernels& kernels, const float* even, const float* odd,
                             std::int64_t pixel_stride, float* set, std::int64_t channel,
                             std::int64_t n) const {
  std::vector<float> rows[2];
  // A row of a phase without gaps.
  const auto dense = [&](const float* image, std::int64_t count, std::vector<float>& row) -> const float* {
    const std::int64_t stride = pixel_stride * axes_.w.stride;
    if (image == nullptr || stride == 1) return image;
    row.resize(static_cast<std::size_t>(count));
    pack_row(image, stride, nullptr, 0, count, row.data());
    return row.data();
  };
  for_rows_of(set, channel, n, [&](std::int64_t pixel, std::int64_t count, float* to) {
    if (even == nullptr) {
      std::fill_n(to, count, 0.0f);
      return;
    }
    const float* other = odd != nullptr ? odd + pixel * pixel_stride : nullptr;
    kernels.join_pairs(dense(even + pixel * pixel_stride, count, rows[0]), dense(other, count, rows[1]),
                       count, to);
  });
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
    if (s.z >= phase.size.d || s.y >= phase.size.h || count <= 0) return;
    const std::int64_t pixel =
        ((s.z * axes_.d.stride + phase.first.d) * axes_.h.input + s.y * axes_.h.stride + phase.first.h) *
            axes_.w.input +
        s.x * axes_.w.stride + phase.first.w;
    if (axes_.w.stride == 1 && sink.pixel_stride == 1 && sink.factors == nullptr && !sink.adds) {
      std::memcpy(sink.image + pixel, lanes + s.lane, static_cast<std::size_t>(count) * sizeof(float));
      return;
    }
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t at = pixel + k * axes_.w.stride;
      const float value = sink.factors != nullptr ? lanes[s.lane + k] * sink.factors[at] : lanes[s.lane + k];
      float& to = sink.image[at * sink.pixel_stride];
      to = sink.adds ? to + value : value;
    }
  });
}

}  // namespace convlstm::cpu
