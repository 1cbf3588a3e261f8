// Elements of 16 bits: every one of them, and what lies between them.
#include "backend/cuda/element.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace convlstm::cuda::test {
namespace {

TEST(Element, Float16_EveryNumberComesBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = float16_to_float(half);
    if (std::isnan(value)) {
      EXPECT_EQ(half & 0x7c00, 0x7c00);
      EXPECT_TRUE(std::isnan(float16_to_float(float_to_float16(value))));
    } else {
      EXPECT_EQ(float_to_float16(value), half);
    }
  }
}

TEST(Element, Float16_ValuesByHand) {
  EXPECT_EQ(float16_to_float(0x3c00), 1.0f);
  EXPECT_EQ(float16_to_float(0xc000), -2.0f);
  EXPECT_EQ(float16_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(float16_to_float(0x0001), 0x1p-24f);
  EXPECT_EQ(float16_to_float(0x8400), -0x1p-14f);
  EXPECT_EQ(float_to_float16(65519.99f), 0x7bff);
  EXPECT_EQ(float_to_float16(65520.0f), 0x7c00);  // half a step beyond the last: to infinity
  EXPECT_EQ(float_to_float16(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_EQ(float_to_float16(0x1p-25f), 0x0000);  // half way from 0 to the least: to even
  EXPECT_EQ(float_to_float16(0x1.8p-24f), 0x0002);
}

TEST(Element, Float16_HalfWay_GoesToEven) {
  for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = float16_to_float(static_cast<std::uint16_t>(bits));
    const float high = float16_to_float(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;
    EXPECT_EQ(float_to_float16(middle), (bits & 1) == 0 ? bits : bits + 1);
    EXPECT_EQ(float_to_float16(std::nextafterf(middle, 0.0f)), bits);
    EXPECT_EQ(float_to_float16(std::nextafterf(middle, 1e9f)), bits + 1);
  }
}

TEST(Element, Bfloat16_EveryNumberComesBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto narrow = static_cast<std::uint16_t>(bits);
    const float value = bfloat16_to_float(narrow);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(value))));
    else
      EXPECT_EQ(float_to_bfloat16(value), narrow);
  }
  EXPECT_EQ(float_to_bfloat16(1.00390625f), 0x3f80);  // half way: to even
  EXPECT_EQ(float_to_bfloat16(1.01171875f), 0x3f82);
}

}  // namespace
}  // namespace convlstm::cuda::test
