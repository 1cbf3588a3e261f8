// Group normalization (Wu and He 2018) and layer normalization (Ba et al. 2016) of the rows of one image: v
// becomes scale . (v - mean) / sqrt(variance + epsilon) + shift. Layer normalization is that of a single
// group, with a scale and a shift for every element.
#pragma once

#include <cstdint>

#include "backend/cpu/reference_correlation.h"

namespace convlstm::cpu::reference {

struct Normalization {
  std::int64_t rows = 0, area = 0;  // rows of `area` pixels
  std::int64_t group_rows = 1;      // rows that have mean and variance together
  bool is_per_pixel = false;        // scale and shift: one an element; else one a row
  double epsilon = 0;

  // What the backward needs.
  struct Trace {
    Doubles normalized;         // (v - mean) / deviation
    Doubles inverse_deviation;  // 1 / sqrt(variance + epsilon), of each group
  };

  // In place.
  void forward(double* v, const double* scale, const double* shift, Trace& trace) const;
  // d: in, the gradient by the result; out, by v. The other gradients are added to.
  void backward(double* d, const double* scale, const Trace& trace, double* dscale, double* dshift) const;

 private:
  std::int64_t scale_of(std::int64_t element) const { return is_per_pixel ? element : element / area; }
};

}  // namespace convlstm::cpu::reference
