#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace convlstm {
namespace {

TEST(Random, Next_SeedZero_GivesThePublishedSequence) {
  Random random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(random.next(), 0x06c45d188009454fu);
}

TEST(Random, Uniform_ManyDraws_FillTheRangeEvenly) {
  Random random(7);
  double sum = 0;
  float least = 3, most = -2;
  constexpr int kDraws = 100000;
  for (int k = 0; k < kDraws; ++k) {
    const float value = random.uniform(-2, 3);
    ASSERT_GE(value, -2);
    ASSERT_LT(value, 3);
    least = std::min(least, value);
    most = std::max(most, value);
    sum += static_cast<double>(value);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.02);
  EXPECT_LT(least, -1.999f);
  EXPECT_GT(most, 2.999f);
}

TEST(Random, Uniform_RangeOfOneFloat_NeverReachesHigh) {
  Random random(1);
  const float high = std::nextafter(1.0f, 2.0f);
  for (int k = 0; k < 100; ++k) EXPECT_EQ(random.uniform(1.0f, high), 1.0f);
}

TEST(Random, SameSeed_SameNumbers) {
  Random a(99), b(99), c(100);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

}  // namespace
}  // namespace convlstm
