#include "backend/cpu/reference_correlation.h"

#include <algorithm>

namespace convlstm::cpu::reference {
namespace {

// What element k of a kernel sees along an axis: output pixel p looks at input pixel stride * p + shift,
// which exists for p in [first, last).
struct Reach {
  std::int64_t shift, first, last;
};

Reach reach_of(const Axis& axis, std::int64_t k) {
  const std::int64_t shift = axis.dilation * k - axis.before;
  const std::int64_t first = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
  const std::int64_t room = axis.input - 1 - shift;
  const std::int64_t last = room < 0 ? 0 : std::min(axis.output, room / axis.stride + 1);
  return {shift, first, last};
}

}  // namespace

template <typename Visit>
void Correlation::for_each_row(const Visit& visit) const {
  const auto& [d, h, w] = axes;
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t i = 0; i < inputs; ++i)
      for (std::int64_t kd = 0; kd < d.kernel; ++kd)
        for (std::int64_t kh = 0; kh < h.kernel; ++kh)
          for (std::int64_t kw = 0; kw < w.kernel; ++kw) {
            const Reach rd = reach_of(d, kd), rh = reach_of(h, kh), rw = reach_of(w, kw);
            if (rw.first >= rw.last) continue;
            const std::int64_t element = (((o * inputs + i) * d.kernel + kd) * h.kernel + kh) * w.kernel + kw;
            for (std::int64_t pd = rd.first; pd < rd.last; ++pd)
              for (std::int64_t ph = rh.first; ph < rh.last; ++ph) {
                const std::int64_t x_row =
                    (i * d.input + d.stride * pd + rd.shift) * h.input + h.stride * ph + rh.shift;
                const std::int64_t y_row = (o * d.output + pd) * h.output + ph;
                visit(x_row * w.input + w.stride * rw.first + rw.shift, element, y_row * w.output + rw.first,
                      rw.last - rw.first);
              }
          }
}

void Correlation::forward(const double* x, const double* w, double* y) const {
  const std::int64_t stride = axes.w.stride;
  for_each_row([=](std::int64_t xi, std::int64_t wi, std::int64_t yi, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) y[yi + k] += w[wi] * x[xi + k * stride];
  });
}

void Correlation::backward_data(const double* dy, const double* w, double* dx) const {
  const std::int64_t stride = axes.w.stride;
  for_each_row([=](std::int64_t xi, std::int64_t wi, std::int64_t yi, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) dx[xi + k * stride] += w[wi] * dy[yi + k];
  });
}

void Correlation::backward_kernel(const double* dy, const double* x, double* dw) const {
  const std::int64_t stride = axes.w.stride;
  for_each_row([=](std::int64_t xi, std::int64_t wi, std::int64_t yi, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) dw[wi] += x[xi + k * stride] * dy[yi + k];
  });
}

}  // namespace convlstm::cpu::reference
