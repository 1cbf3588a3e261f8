// Normalization of rows of bodies: mean and variance of each image over groups of consecutive rows, then a
// scale and a shift per row or per pixel. What goes in are the rows of some gates, F each; what comes out
// goes to the slots of these gates. A layer normalization is one with a single group.
//
// The sums of a row are taken over vectors in single precision, a few at a time, those of a group over its
// rows in double precision, row by row: the bits do not depend on the threads.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/plane_geometry.h"

namespace convlstm::cpu {

struct NormParameters {
  const float* offset;         // per row, added before the normalization; null: none
  const float *scale, *shift;  // [row], or [row][body] where they are per pixel
  bool per_pixel;
};

// Of the parameters; added to.
struct NormTotals {
  double* offset = nullptr;                                // per row; null: not wanted
  double *scale = nullptr, *shift = nullptr;               // per row
  float *scale_bodies = nullptr, *shift_bodies = nullptr;  // per pixel: [row][body]
};

// Of a group of an image.
struct Moments {
  double mean, inverse_std;
};

class Normalization {
 public:
  // `slots`: of each gate. `group_rows` divides the rows.
  Normalization(CpuDevice& device, const PlaneGeometry& geometry, std::int64_t hidden, std::vector<int> slots,
                std::int64_t group_rows, float epsilon);

  std::int64_t rows() const { return hidden_ * static_cast<std::int64_t>(slots_.size()); }
  std::int64_t moment_count() const { return groups_ * geometry_.batch(); }

  // Slot = normalized values, or += where `written` has the bit of the slot. `moments` is kept for the
  // backward.
  void forward(const float* values, const NormParameters& parameters, Moments* moments, float* slots,
               std::uint32_t written);
  // out: gradient by the values, [row][image][body]; may be the gradients by the slots where those follow
  // each other.
  void backward(const float* values, const NormParameters& parameters, const Moments* moments,
                const float* slot_gradients, float* out, const NormTotals& totals);

 private:
  std::int64_t slot_row(std::int64_t row) const {
    return slots_[static_cast<std::size_t>(row / hidden_)] * hidden_ + row % hidden_;
  }
  NormRow row_of(const float* values, const NormParameters& parameters, const Moments* moments,
                 std::int64_t row, std::int64_t n) const;
  template <typename Body>
  void for_parts(std::int64_t parts, const Body& body);

  static constexpr std::int64_t kSums = 5;

  CpuDevice& device_;
  const PlaneGeometry& geometry_;
  std::int64_t hidden_;
  std::vector<int> slots_;
  std::int64_t group_rows_, groups_, body_, vectors_;  // vectors of an image
  double epsilon_, pixels_;
  std::vector<double> sums_;  // [row][image][kSums]
  std::vector<float> means_;  // backward: [group][image][2]
};

}  // namespace convlstm::cpu
