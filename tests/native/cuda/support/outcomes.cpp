#include "support/outcomes.h"

#include <gtest/gtest.h>

namespace convlstm::test {

Bounds bounds_of(const Problem& problem, const cuda::Precision& precision) {
  if (precision.element == cuda::Element::kFloat16 || precision.allows_tf32) return {5e-3, 2e-2};
  const auto* desc = std::get_if<RecurrentDesc>(&problem.desc);
  const bool is_half = desc != nullptr && desc->storage == CLN_STORAGE_BFLOAT16;
  if (precision.element == cuda::Element::kBfloat16 || is_half) return {3e-2, 6e-2};
  // 1 / std of a normalization magnifies the errors of what it normalizes, which may be a few pixels that
  // differ little.
  const bool is_normalized = desc != nullptr && desc->normalization != CLN_NORMALIZATION_NONE;
  return is_normalized ? Bounds{3e-5, 3e-4} : Bounds{};
}

void expect_near(const Outcome& actual, const Outcome& expected, const Bounds& bounds, double floor) {
  EXPECT_LT(relative_error(actual.y, expected.y), bounds.output) << "y";
  EXPECT_LT(relative_error(actual.dx, expected.dx), bounds.gradient) << "dx";
  for (std::size_t part = 0; part < kMaxStateParts; ++part) {
    EXPECT_LT(relative_error(actual.final[part], expected.final[part]), bounds.output) << "state " << part;
    EXPECT_LT(relative_error(actual.dinitial[part], expected.dinitial[part]), bounds.gradient)
        << "gradient of state " << part;
  }
  for (std::size_t k = 0; k < kMaxParameters; ++k)
    EXPECT_LT(relative_error(actual.gradients[k], expected.gradients[k], floor), bounds.gradient)
        << "parameter " << k;
}

}  // namespace convlstm::test
