#include "backend/cpu/normalization.h"

#include <cmath>

#include "backend/cpu/product.h"

namespace convlstm::cpu {
namespace {

std::size_t index(std::int64_t k) {
  return static_cast<std::size_t>(k);
}

double offset_of(const NormParameters& parameters, std::int64_t row) {
  return parameters.offset != nullptr ? static_cast<double>(parameters.offset[row]) : 0.0;
}

}  // namespace

Normalization::Normalization(CpuDevice& device, const PlaneGeometry& geometry, std::int64_t hidden,
                             std::vector<int> slots, std::int64_t group_rows, float epsilon)
    : device_(device),
      geometry_(geometry),
      hidden_(hidden),
      slots_(std::move(slots)),
      group_rows_(group_rows),
      groups_(rows() / group_rows),
      body_(geometry.body_stride() / geometry.batch()),
      vectors_(geometry.vectors() / geometry.batch()),
      epsilon_(static_cast<double>(epsilon)),
      pixels_(static_cast<double>(geometry.grid().area())),
      sums_(index(rows() * geometry.batch() * kSums)),
      means_(index(2 * moment_count())) {}

template <typename Body>
void Normalization::for_parts(std::int64_t parts, const Body& body) {
  if (parts * body_ >= kSmallWork / 8) return device_.pool.parallel_for(parts, body);
  for (std::int64_t part = 0; part < parts; ++part) body(part);
}

// `moments` null: not known yet.
NormRow Normalization::row_of(const float* values, const NormParameters& p, const Moments* moments,
                              std::int64_t row, std::int64_t n) const {
  NormRow result{};
  result.values = values + (row * geometry_.batch() + n) * body_;
  if (moments != nullptr) {
    const Moments& group = moments[row / group_rows_ * geometry_.batch() + n];
    const double mean = group.mean - offset_of(p, row);
    result.mean = static_cast<float>(mean);
    result.mean_rest = static_cast<float>(mean - static_cast<double>(result.mean));
    result.inverse_std = static_cast<float>(group.inverse_std);
  }
  const auto operand = [&](const float* data) {
    return p.per_pixel ? PointwiseRead{data + row * body_} : PointwiseRead{nullptr, data[row]};
  };
  result.scale = operand(p.scale);
  result.shift = operand(p.shift);
  result.places = geometry_.places();
  result.count = vectors_;
  return result;
}

void Normalization::forward(const float* values, const NormParameters& parameters, Moments* moments,
                            float* slots, std::uint32_t written) {
  const std::int64_t batch = geometry_.batch();
  for_parts(rows() * batch, [&](std::int64_t k) {
    device_.kernels.norm.moments(row_of(values, parameters, nullptr, k / batch, k % batch), pixels_,
                                 &sums_[index(kSums * k)]);
  });
  for (std::int64_t group = 0; group < groups_; ++group)
    for (std::int64_t n = 0; n < batch; ++n) {
      double mean = 0, squares = 0;
      const std::int64_t first = group * group_rows_;
      const auto row_mean = [&](std::int64_t row) {
        return sums_[index(kSums * (row * batch + n))] + offset_of(parameters, row);
      };
      for (std::int64_t row = first; row < first + group_rows_; ++row) mean += row_mean(row);
      mean /= static_cast<double>(group_rows_);
      for (std::int64_t row = first; row < first + group_rows_; ++row) {
        const double distance = row_mean(row) - mean;
        squares += sums_[index(kSums * (row * batch + n) + 1)] + pixels_ * distance * distance;
      }
      const double variance = squares / (pixels_ * static_cast<double>(group_rows_));
      moments[group * batch + n] = {mean, 1 / std::sqrt(variance + epsilon_)};
    }
  for_parts(rows() * batch, [&](std::int64_t k) {
    const std::int64_t row = k / batch, n = k % batch;
    NormRow out = row_of(values, parameters, moments, row, n);
    out.out = slots + (slot_row(row) * batch + n) * body_;
    out.adds = (written >> slots_[index(row / hidden_)] & 1) != 0;
    device_.kernels.norm.apply(out);
  });
}

void Normalization::backward(const float* values, const NormParameters& parameters, const Moments* moments,
                             const float* slot_gradients, float* out, const NormTotals& totals) {
  const std::int64_t batch = geometry_.batch();
  const auto gradient_of = [&](std::int64_t row, std::int64_t n) {
    NormRowGradient g{};
    g.row = row_of(values, parameters, moments, row, n);
    g.d = slot_gradients + (slot_row(row) * batch + n) * body_;
    return g;
  };
  for_parts(rows() * batch, [&](std::int64_t k) {
    device_.kernels.norm.sums(gradient_of(k / batch, k % batch), &sums_[index(kSums * k)]);
  });
  for (std::int64_t group = 0; group < groups_; ++group)
    for (std::int64_t n = 0; n < batch; ++n) {
      double dx = 0, dx_x = 0;
      for (std::int64_t row = group * group_rows_; row < (group + 1) * group_rows_; ++row) {
        const double* of_row = &sums_[index(kSums * (row * batch + n))];
        dx += of_row[0];
        dx_x += of_row[1];
        if (totals.shift != nullptr) totals.shift[row] += of_row[2];
        if (totals.scale != nullptr) totals.scale[row] += of_row[3];
      }
      const double count = pixels_ * static_cast<double>(group_rows_);
      // A row that is a group of its own has no gradient by its offset, not even a rounding error.
      const double inverse_std = moments[group * batch + n].inverse_std;
      for (std::int64_t row = group * group_rows_; group_rows_ > 1 && row < (group + 1) * group_rows_;
           ++row) {
        const double* of_row = &sums_[index(kSums * (row * batch + n))];
        if (totals.offset != nullptr)
          totals.offset[row] += inverse_std * (of_row[0] - (pixels_ * dx + of_row[4] * dx_x) / count);
      }
      means_[index((group * batch + n) * 2)] = static_cast<float>(dx / count);
      means_[index((group * batch + n) * 2 + 1)] = static_cast<float>(dx_x / count);
    }
  for_parts(rows(), [&](std::int64_t row) {
    for (std::int64_t n = 0; n < batch; ++n) {
      NormRowGradient g = gradient_of(row, n);
      const float* means = &means_[index((row / group_rows_ * batch + n) * 2)];
      g.mean_dx = means[0];
      g.mean_dx_x = means[1];
      g.out = out + (row * batch + n) * body_;
      g.scale = totals.scale_bodies != nullptr ? totals.scale_bodies + row * body_ : nullptr;
      g.shift = totals.shift_bodies != nullptr ? totals.shift_bodies + row * body_ : nullptr;
      device_.kernels.norm.backward(g);
    }
  });
}

}  // namespace convlstm::cpu
