// How the source of one convolution fills planes. With stride s its pixels are dealt out to phases, s to a
// dimension: phase p holds the pixels s * j + p, in a plane of its own. Output pixel o and kernel element k
// meet at input pixel s * o + dilation * k - before = s * (o + shift) + p, so an element is a phase and a
// shift, whatever the stride. Elements that see nothing but padding, wherever the kernel lies, are left out,
// and phases that no element sees. Sets of planes are [channel][phase][image].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_geometry.h"
#include "cell/convolution.h"

namespace convlstm::cpu {

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

// An element of one dimension that sees data.
struct Contact {
  std::int64_t element, phase, shift;
};
std::vector<Contact> contacts_of(const Axis& axis);  // by element

// Of the fullest phase.
constexpr std::int64_t phase_size(const Axis& axis) {
  return (axis.input + axis.stride - 1) / axis.stride;
}
constexpr Size3 phase_size(const Axes& axes) {
  return {phase_size(axes.h), phase_size(axes.w), phase_size(axes.d)};
}

// Where numbers of an image go to: image[pixel * pixel_stride] = or += value * factors[pixel].
struct PixelSink {
  float* image;
  std::int64_t pixel_stride = 1;
  const float* factors = nullptr;  // null: 1 each
  bool adds = false;
};

class PlaneSource {
 public:
  struct Phase {
    Size3 first;                         // its pixel (0, 0, 0)
    Size3 size;                          // may be empty
    std::vector<std::int64_t> elements;  // that see it, ascending
    std::vector<std::int64_t> shifts;    // of each, as an offset in planes
  };

  PlaneSource(const PlaneGeometry& geometry, const Axes& axes);

  const std::vector<Phase>& phases() const { return phases_; }
  // What forms of a kernel depend on: which elements see which phase. That may depend on the size of the
  // input.
  std::string key() const;
  bool sees_all() const;  // no pixel is in a phase that was left out
  Size3 size() const { return {axes_.h.input, axes_.w.input, axes_.d.input}; }
  // Numbers of one channel of the whole batch.
  std::int64_t channel_stride() const {
    return static_cast<std::int64_t>(phases_.size()) * geometry_.plane_stride();
  }

  // The terms of a product that gives rows: by channel and element. And their weights in a row of the kernel.
  std::vector<std::int64_t> offsets(std::int64_t channels) const;  // from a pixel of the output
  std::vector<std::int64_t> columns(std::int64_t channels) const;
  WeightRuns runs(std::int64_t channels) const;
  // Those of a product that gives channels of a phase: by row and element of the phase. Rows lie plane_stride
  // apart.
  std::vector<std::int64_t> transposed_offsets(const Phase& phase, std::int64_t rows) const;
  WeightRuns transposed_runs(const Phase& phase, std::int64_t rows, std::int64_t channels) const;
  std::int64_t kernel_area() const { return axes_.d.kernel * axes_.h.kernel * axes_.w.kernel; }

  // The vectors over the pixels of a phase; those of smaller phases are not full.
  const PlaneVectors& pixels() const { return geometry_.pixels_of(phase_size(axes_)); }

  // The data of channel `channel` of image n, multiplied by `factors` where there are any; the margins stay
  // as they are. Planes hold floats or bfloat16. `image` null: zeros.
  template <typename Plane>
  void pack(const float* image, std::int64_t pixel_stride, const float* factors, Plane* set,
            std::int64_t channel, std::int64_t n) const;
  // Two channels as the pairs of one: channel `channel` of the set. `odd` null: zeros; both null: zeros.
  void pack_pairs(const Kernels& kernels, const float* even, const float* odd, std::int64_t pixel_stride,
                  float* set, std::int64_t channel, std::int64_t n) const;
  void clear_margins(float* set, std::int64_t channel, std::int64_t n) const;

  // One vector of sums over a phase.
  void store(const float* lanes, std::int64_t vector, const Phase& phase, const PixelSink& sink) const;

 private:
  template <typename Plane, typename Body>
  void for_rows_of(Plane* set, std::int64_t channel, std::int64_t n, const Body& body) const;
  template <typename Plane>
  Plane* plane(Plane* set, std::int64_t channel, std::size_t phase, std::int64_t n) const;

  const PlaneGeometry& geometry_;
  Axes axes_;
  std::vector<Phase> phases_;
  std::vector<std::int64_t> elements_;  // of all phases, ascending
};

}  // namespace convlstm::cpu
