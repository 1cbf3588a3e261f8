#include "backend/cpu/reference_normalization.h"

#include <cmath>

namespace convlstm::cpu::reference {

void Normalization::forward(double* v, const double* scale, const double* shift, Trace& trace) const {
  const std::int64_t count = group_rows * area;
  const auto elements = static_cast<double>(count);
  trace.normalized.resize(size_of(rows * area));
  trace.inverse_deviation.clear();
  for (std::int64_t begin = 0; begin < rows * area; begin += count) {
    double mean = 0, variance = 0;
    for (std::int64_t e = begin; e < begin + count; ++e) mean += v[e] / elements;
    for (std::int64_t e = begin; e < begin + count; ++e) variance += (v[e] - mean) * (v[e] - mean) / elements;
    const double inverse = 1 / std::sqrt(variance + epsilon);
    trace.inverse_deviation.push_back(inverse);
    for (std::int64_t e = begin; e < begin + count; ++e) {
      const double normalized = (v[e] - mean) * inverse;
      trace.normalized[size_of(e)] = normalized;
      v[e] = scale[scale_of(e)] * normalized + shift[scale_of(e)];
    }
  }
}

void Normalization::backward(double* d, const double* scale, const Trace& trace, double* dscale,
                             double* dshift) const {
  const std::int64_t count = group_rows * area;
  const auto elements = static_cast<double>(count);
  const double* normalized = trace.normalized.data();
  for (std::int64_t begin = 0; begin < rows * area; begin += count) {
    double mean = 0, mean_with_normalized = 0;  // of the gradient by `normalized`
    for (std::int64_t e = begin; e < begin + count; ++e) {
      dscale[scale_of(e)] += d[e] * normalized[e];
      dshift[scale_of(e)] += d[e];
      d[e] *= scale[scale_of(e)];
      mean += d[e] / elements;
      mean_with_normalized += d[e] * normalized[e] / elements;
    }
    const double inverse = trace.inverse_deviation[size_of(begin / count)];
    for (std::int64_t e = begin; e < begin + count; ++e)
      d[e] = inverse * (d[e] - mean - normalized[e] * mean_with_normalized);
  }
}

}  // namespace convlstm::cpu::reference
