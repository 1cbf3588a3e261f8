// The gradient of weights: sums over all pixels of (gradient by an output row) * (shifted input plane).
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/plane_geometry.h"

namespace convlstm::cpu {

// One range of columns of the gradient: kernel elements, or the bias with a single column of ones.
template <typename Number>
struct GradientRange {
  const Number* planes;                      // pixel (0, 0, 0) of the first step
  std::int64_t step;                         // from step to step
  const std::vector<std::int64_t>* offsets;  // of each column
  float* gradient;                           // of row 0, added to; null: not wanted
  std::int64_t row_size;                     // numbers of a row of it
  const std::vector<std::int64_t>* columns;  // where in a row; may leave some out
};

template <typename Number>
struct GradientTask {
  const Number* rows;       // pixel (0, 0, 0) of row 0 of the first step
  std::int64_t row_stride;  // from row to row
  std::int64_t row_step;    // from step to step
  std::int64_t row_count, steps;
  std::vector<GradientRange<Number>> ranges;
};

// Steps that are best given to one add_weight_gradient: enough pixels to make up for the cost of a sum.
std::int64_t gradient_window(const PlaneGeometry& geometry);

// Every number is summed by one thread in an order that does not depend on the number of threads. Planes of
// floats.
void add_weight_gradient(CpuDevice& device, const PlaneGeometry& geometry, const GradientTask<float>& task);

// Planes of bfloat16, of which the first `count` numbers from pixel (0, 0, 0) are summed over, and up to
// 2 * lanes more. Rows hold zeros where there is no pixel.
void add_weight_gradient(CpuDevice& device, std::int64_t count, const GradientTask<std::uint16_t>& task);

}  // namespace convlstm::cpu
