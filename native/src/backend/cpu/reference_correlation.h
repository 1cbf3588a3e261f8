// A cross-correlation of one image with zero padding, any stride and any dilation, forward and backward.
#pragma once

#include <cstdint>
#include <vector>

#include "cell/convolution.h"

namespace convlstm::cpu::reference {

using Doubles = std::vector<double>;

inline std::size_t size_of(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

// y (O, D', H', W') += the cross-correlation of x (I, D, H, W) with w (O, I, Kd, Kh, Kw), where `axes` look.
struct Correlation {
  Axes axes;
  std::int64_t inputs = 0, outputs = 0;

  std::int64_t input_count() const { return inputs * axes.d.input * axes.h.input * axes.w.input; }
  std::int64_t output_count() const { return outputs * axes.output().area(); }
  std::int64_t kernel_count() const {
    return outputs * inputs * axes.d.kernel * axes.h.kernel * axes.w.kernel;
  }

  void forward(const double* x, const double* w, double* y) const;
  void backward_data(const double* dy, const double* w, double* dx) const;    // dx +=
  void backward_kernel(const double* dy, const double* x, double* dw) const;  // dw +=

 private:
  // Calls visit(place in x, place in w, place in y, count) for the products x[x + k * stride] * w * y[y + k],
  // k below count, of all rows of pixels.
  template <typename Visit>
  void for_each_row(const Visit& visit) const;
};

}  // namespace convlstm::cpu::reference
