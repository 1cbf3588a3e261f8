#include "backend/cuda/divisor.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/random.h"

namespace convlstm::cuda::test {
namespace {

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

void expect_exact(std::int32_t number, std::int32_t by) {
  EXPECT_EQ(Divisor(by).quotient(number), number / by) << number << " / " << by;
}

TEST(Divisor, Quotients_AreExact) {
  for (const std::int32_t by : {1, 2, 3, 5, 7, 64, 65, 641, 65535, 65536, 65537, (1 << 30) - 1, 1 << 30,
                                (1 << 30) + 1, kMost - 1, kMost})
    for (const std::int32_t number :
         {0, 1, by - 1, by, by < kMost ? by + 1 : by, kMost / by * by - 1, kMost / by * by, kMost - 1, kMost})
      if (number >= 0) expect_exact(number, by);
  Random random(51);
  for (int k = 0; k < 100000; ++k) {
    const auto below = [&](int bits) { return static_cast<std::int32_t>(random.below((1u << bits) - 1)); };
    const std::int32_t by = 1 + below(1 + k % 31);
    expect_exact(below(31), by);
    expect_exact(below(31) / by * by, by);
  }
}

TEST(PixelSplit, EveryPixel_IsWhereLoopsComeTo) {
  const Position size{2, 3, 5};
  const PixelSplit split(size);
  std::int32_t pixel = 0;
  for (int n = 0; n < 3; ++n)
    for (int d = 0; d < size.d; ++d)
      for (int h = 0; h < size.h; ++h)
        for (int w = 0; w < size.w; ++w, ++pixel) {
          const PixelPlace place = split.place(pixel);
          EXPECT_TRUE(place.image == n && place.at.d == d && place.at.h == h && place.at.w == w) << pixel;
        }
}

}  // namespace
}  // namespace convlstm::cuda::test
