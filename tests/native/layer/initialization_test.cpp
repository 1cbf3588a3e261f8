#include "layer/initialization.h"

#include <gtest/gtest.h>

#include <cmath>

namespace convlstm::test {
namespace {

TEST(Initialization, OfAKernel_IsTheScaledSequenceOfTheGenerator) {
  const ParameterShape kernel{"kernel", 0, {4, 2, 1, 1}, 8, ParameterShape::Role::kernel};
  Random random(42), same(42);
  const float limit = 1.0f;  // sqrt(6 / (4 + 2))
  const std::vector<float> values = initial_values(kernel, random);
  ASSERT_EQ(values.size(), 8u);
  for (const float value : values) EXPECT_EQ(value, same.uniform(-limit, limit));
  // The numbers of SplitMix64 for seed 42: the same on every machine.
  EXPECT_EQ(values[0], static_cast<float>(0xbdd732262feb6e95u >> 40) * 0x1p-23f - 1.0f);
}

TEST(Initialization, OfAnythingElse_IsConstantAndDrawsNothing) {
  const ParameterShape bias{"bias", 2, {8}, 8}, peephole{"peephole", 3, {3, 2}, 6};
  Random random(42), untouched(42);
  EXPECT_EQ(initial_values(bias, random), std::vector<float>(8, 0.0f));
  EXPECT_EQ(initial_values(peephole, random), std::vector<float>(6, 0.0f));
  const ParameterShape scale{"norm_scale", 4, {8}, 8, ParameterShape::Role::scale};
  EXPECT_EQ(initial_values(scale, random), std::vector<float>(8, 1.0f));
  EXPECT_EQ(random.next(), untouched.next());
}

}  // namespace
}  // namespace convlstm::test
