#include "backend/cuda/gradient_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backend/cuda/element.h"
#include "support/device_array.h"

namespace convlstm::cuda::test {
namespace {

// The scale that is chosen for dy (time, batch, channels, pixels) and some more numbers, and its inverse.
std::vector<float> chosen(const std::vector<float>& dy, const std::vector<float>& more) {
  Stream stream(0);
  const DeviceArray memory(stream, 4, Element::kFloat32), frames(stream, dy, Element::kFloat32),
      others(stream, more, Element::kFloat32);
  const GradientScale scale(static_cast<float*>(memory.data()));
  scale.begin(stream);
  const ImageGrid grid{3, 2, 4};
  FramesView<const float> view{static_cast<const float*>(frames.data()), 12, 6, 3, 1};
  scale.look_at(stream, view, grid, 2, 2);
  scale.look_at(stream, static_cast<const float*>(others.data()), std::ssize(more));
  scale.end(stream);
  return memory.read();
}

TEST(GradientScale, LargestNumber_ComesNear64) {
  for (const float largest : {1e-30f, 3e-7f, 0.9f, 1.0f, 17.0f, 8e9f}) {
    for (const bool in_dy : {false, true}) {
      std::vector<float> dy(24, largest / 3), more(5, -largest / 7);
      (in_dy ? dy : more)[3] = in_dy ? -largest : largest;
      const std::vector<float> memory = chosen(dy, more);
      EXPECT_GE(largest * memory[0], 64.0f);
      EXPECT_LT(largest * memory[0], 128.0f);
      EXPECT_EQ(memory[0] * memory[1], 1.0f);
      int exponent = 0;
      EXPECT_EQ(std::frexp(memory[0], &exponent), 0.5f) << "a power of two";
    }
  }
}

TEST(GradientScale, NothingButZeros_IsOne) {
  EXPECT_EQ(chosen(std::vector<float>(24, 0.0f), {0})[0], 1.0f);
}

TEST(GradientScale, NumbersThatAreNotFinite_ArePassedOver) {
  std::vector<float> dy(24, 1.0f);
  dy[5] = std::numeric_limits<float>::quiet_NaN();
  dy[7] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(chosen(dy, {0})[0], 64.0f);
}

TEST(GradientScale, Underflow_StaysFinite) {
  const std::vector<float> memory = chosen(std::vector<float>(24, 1e-44f), {0});
  EXPECT_TRUE(std::isfinite(memory[0]));
  EXPECT_EQ(memory[0] * memory[1], 1.0f);
}

}  // namespace
}  // namespace convlstm::cuda::test
