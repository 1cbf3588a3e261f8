// Normalization of rows of bodies against the plain formula in double precision, and its gradients against
// differences of that formula.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backend/cpu/instruction_set.h"
#include "backend/cpu/normalization.h"
#include "support/agreement.h"

namespace convlstm::test {
namespace {

using Numbers = std::vector<double>;

constexpr std::int64_t kHidden = 3, kBatch = 2, kGates = 2, kRows = kGates * kHidden;
constexpr float kEpsilon = 1e-3f;
const Size3 kGrid{4, 5};
const std::int64_t kArea = kGrid.area();

// Dense arrays: values and weights (of the loss) [row][image][pixel]; scale and shift [row] or [row][pixel].
struct Case {
  std::int64_t group_rows = kRows;
  bool per_pixel = false, has_offset = false;
  Numbers values, offset, scale, shift, weights;
  std::int64_t parameter(std::int64_t row, std::int64_t pixel) const {
    return per_pixel ? row * kArea + pixel : row;
  }
};

Numbers widen(const Floats& from) {
  return {from.begin(), from.end()};
}
Floats narrow(const Numbers& from) {
  return {from.begin(), from.end()};
}

Case make_case(Random& random, std::int64_t group_rows, bool per_pixel) {
  const std::int64_t parameters = kRows * (per_pixel ? kArea : 1);
  Case c{group_rows, per_pixel, !per_pixel, {}, {}, {}, {}, {}};
  c.values = widen(uniform(random, kRows * kBatch * kArea, -1, 3));
  c.offset = widen(uniform(random, kRows, c.has_offset ? -1.0f : 0.0f, c.has_offset ? 1.0f : 0.0f));
  c.scale = widen(uniform(random, parameters, 0.5f, 1.5f));
  c.shift = widen(uniform(random, parameters, -1, 1));
  c.weights = widen(uniform(random, kRows * kBatch * kArea, -1, 1));
  return c;
}

Numbers formula(const Case& c) {
  Numbers out(c.values.size());
  for (std::int64_t n = 0; n < kBatch; ++n)
    for (std::int64_t first = 0; first < kRows; first += c.group_rows) {
      const auto for_all = [&](const auto& body) {
        for (std::int64_t row = first; row < first + c.group_rows; ++row)
          for (std::int64_t pixel = 0; pixel < kArea; ++pixel)
            body(row, pixel, at((row * kBatch + n) * kArea + pixel));
      };
      const double count = static_cast<double>(c.group_rows * kArea);
      double mean = 0, variance = 0;
      for_all([&](std::int64_t row, std::int64_t, std::size_t k) {
        mean += (c.values[k] + c.offset[at(row)]) / count;
      });
      for_all([&](std::int64_t row, std::int64_t, std::size_t k) {
        variance += std::pow(c.values[k] + c.offset[at(row)] - mean, 2) / count;
      });
      for_all([&](std::int64_t row, std::int64_t pixel, std::size_t k) {
        const double x =
            (c.values[k] + c.offset[at(row)] - mean) / std::sqrt(variance + static_cast<double>(kEpsilon));
        out[k] = x * c.scale[at(c.parameter(row, pixel))] + c.shift[at(c.parameter(row, pixel))];
      });
    }
  return out;
}

// By differences of the weighted sum of the results.
Numbers gradient(Case c, Numbers Case::*by) {
  const auto loss = [&] {
    const Numbers out = formula(c);
    double sum = 0;
    for (std::size_t k = 0; k < out.size(); ++k) sum += c.weights[k] * out[k];
    return sum;
  };
  Numbers result;
  for (double& value : c.*by) {
    const double here = value;
    value = here + 1e-5;
    const double more = loss();
    value = here - 1e-5;
    result.push_back((more - loss()) / 2e-5);
    value = here;
  }
  return result;
}

// Sets of bodies whose numbers outside the pixels are poison.
struct Bodies {
  Bodies(const cpu::PlaneGeometry& g, std::int64_t count)
      : geometry(g), data(at(count * g.body_stride() / g.batch()), 1e30f) {}
  void pack(const Numbers& from) {
    const Floats floats = narrow(from);
    for (std::int64_t k = 0; k * kArea < static_cast<std::int64_t>(from.size()); ++k) {
      std::vector<float> body(data.size());
      geometry.pack_body(floats.data() + k * kArea, data.data(), k);
    }
  }
  Floats unpack(std::int64_t count) const {
    Floats result(at(count * kArea));
    for (std::int64_t k = 0; k < count; ++k) geometry.unpack_body(data.data(), k, result.data() + k * kArea);
    return result;
  }
  const cpu::PlaneGeometry& geometry;
  Floats data;
};

void check(cpu::CpuDevice& device, const Case& c) {
  const cpu::PlaneGeometry geometry(kBatch, kGrid, {same_axes({3, 3}, {}, kGrid)}, device.kernels.lanes);
  cpu::Normalization norm(device, geometry, kHidden, {0, 1}, c.group_rows, kEpsilon);
  ASSERT_EQ(norm.rows(), kRows);
  Bodies values(geometry, kRows * kBatch), slots(geometry, kRows * kBatch), d(geometry, kRows * kBatch);
  Bodies scale(geometry, kRows), shift(geometry, kRows), dscale(geometry, kRows), dshift(geometry, kRows);
  values.pack(c.values);
  d.pack(c.weights);
  slots.pack(Numbers(c.values.size(), 1.0));
  dscale.pack(Numbers(at(kRows * kArea), 0.0));
  dshift.pack(Numbers(at(kRows * kArea), 0.0));
  const Floats offset = narrow(c.offset), row_scale = narrow(c.scale), row_shift = narrow(c.shift);
  if (c.per_pixel) {
    scale.pack(c.scale);
    shift.pack(c.shift);
  }
  const cpu::NormParameters parameters{c.has_offset ? offset.data() : nullptr,
                                       c.per_pixel ? scale.data.data() : row_scale.data(),
                                       c.per_pixel ? shift.data.data() : row_shift.data(), c.per_pixel};
  std::vector<cpu::Moments> moments(at(norm.moment_count()));
  norm.forward(values.data.data(), parameters, moments.data(), slots.data.data(), 2);  // added to slot 1
  Numbers expected = formula(c);
  for (std::size_t k = expected.size() / 2; k < expected.size(); ++k) expected[k] += 1;
  EXPECT_LT(relative_error(slots.unpack(kRows * kBatch), narrow(expected)), 2e-6);

  Numbers totals(at(3 * kRows));
  cpu::NormTotals into;
  if (c.per_pixel)
    into = {nullptr, nullptr, nullptr, dscale.data.data(), dshift.data.data()};
  else
    into = {totals.data(), totals.data() + kRows, totals.data() + 2 * kRows};
  norm.backward(values.data.data(), parameters, moments.data(), d.data.data(), d.data.data(),
                into);  // in place
  EXPECT_LT(relative_error(d.unpack(kRows * kBatch), narrow(gradient(c, &Case::values))), 5e-6);
  const auto part = [&](std::int64_t k) {
    return Floats(totals.begin() + k * kRows, totals.begin() + (k + 1) * kRows);
  };
  EXPECT_LT(relative_error(c.per_pixel ? dscale.unpack(kRows) : part(1), narrow(gradient(c, &Case::scale))),
            5e-6);
  EXPECT_LT(relative_error(c.per_pixel ? dshift.unpack(kRows) : part(2), narrow(gradient(c, &Case::shift))),
            5e-6);
  if (!c.per_pixel) {
    EXPECT_LT(relative_error(part(0), narrow(gradient(c, &Case::offset)), 1e-1), 5e-6);
  }
}

TEST(Normalization, GroupsAndPixels_MatchTheFormulaAndItsDifferences) {
  const Devices devices;
  for (const auto& device : devices.all)
    for (const bool per_pixel : {false, true})
      for (const std::int64_t group_rows : {1, 2, 3, 6}) {
        SCOPED_TRACE(device->kernels.name + std::string(" group ") + std::to_string(group_rows));
        Random random(13);
        check(*device, make_case(random, group_rows, per_pixel));
      }
}

// Values far from zero: their squares would lose the variance in single precision.
TEST(Normalization, LargeMean_KeepsTheVariance) {
  const Devices devices;
  for (const auto& device : devices.all) {
    Random random(14);
    Case c = make_case(random, kRows, true);
    for (double& value : c.values) value = static_cast<double>(static_cast<float>(value + 1000));
    const cpu::PlaneGeometry geometry(kBatch, kGrid, {same_axes({3, 3}, {}, kGrid)}, device->kernels.lanes);
    cpu::Normalization norm(*device, geometry, kHidden, {0, 1}, kRows, kEpsilon);
    Bodies values(geometry, kRows * kBatch), slots(geometry, kRows * kBatch), scale(geometry, kRows),
        shift(geometry, kRows);
    values.pack(c.values);
    scale.pack(c.scale);
    shift.pack(c.shift);
    std::vector<cpu::Moments> moments(at(norm.moment_count()));
    norm.forward(values.data.data(), {nullptr, scale.data.data(), shift.data.data(), true}, moments.data(),
                 slots.data.data(), 0);
    EXPECT_LT(relative_error(slots.unpack(kRows * kBatch), narrow(formula(c))), 2e-6);
  }
}

}  // namespace
}  // namespace convlstm::test
