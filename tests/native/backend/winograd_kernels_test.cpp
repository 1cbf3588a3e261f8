// The products and transposes of winograd_fused by themselves, on every instruction set of this machine.
#include <gtest/gtest.h>

#include <cmath>

#include "support/agreement.h"

namespace convlstm::test {
namespace {

Floats random_floats(Random& random, std::int64_t count) {
  Floats numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = random.uniform(-1.0f, 1.0f);
  return numbers;
}

// Terms of a few channels of which a tile's lie one after the other, and of some whose tiles do.
TEST(WinogradKernels, ProductsOfAnyNumberOfTiles_AreTheirSums) {
  const Devices devices;
  Random random(520);
  constexpr std::int64_t kChannels = 5, kMore = 2, kMost = 27, kTileStride = 9;
  for (std::size_t d = 0; d < devices.all.size(); d += Devices::kThreadCounts)
    for (const int slots : {1, 2, 4})
      for (std::int64_t tiles = 1; tiles <= kMost; ++tiles) {
        const cpu::Kernels& kernels = devices.all[d]->kernels;
        SCOPED_TRACE(testing::Message() << kernels.name << ", " << tiles << " tiles, " << slots << " slots");
        const std::int64_t width = slots * kernels.lanes;
        const Floats first = random_floats(random, tiles * kTileStride);
        const Floats more = random_floats(random, kMore * tiles);
        const Floats weights = random_floats(random, (kChannels + kMore) * width);
        Floats sums(static_cast<std::size_t>(tiles * width + 1), std::nanf(""));
        kernels.winograd.product({{{first.data(), kChannels, kTileStride, 1}, {more.data(), kMore, 1, tiles}},
                                  weights.data(),
                                  weights.data(),
                                  tiles,
                                  sums.data(),
                                  slots});
        for (std::int64_t tile = 0; tile < tiles; ++tile)
          for (std::int64_t k = 0; k < width; ++k) {
            double sum = 0;
            const auto add = [&](const Floats& input, std::int64_t place, std::int64_t channel) {
              sum += static_cast<double>(input[static_cast<std::size_t>(place)]) *
                     static_cast<double>(weights[static_cast<std::size_t>(channel * width + k)]);
            };
            for (std::int64_t c = 0; c < kChannels; ++c) add(first, tile * kTileStride + c, c);
            for (std::int64_t c = 0; c < kMore; ++c) add(more, c * tiles + tile, kChannels + c);
            ASSERT_NEAR(static_cast<double>(sums[static_cast<std::size_t>(tile * width + k)]), sum, 1e-6);
          }
        ASSERT_TRUE(std::isnan(sums.back()));
      }
}

TEST(WinogradKernels, Squares_AreTransposed) {
  const Devices devices;
  Random random(521);
  for (std::size_t d = 0; d < devices.all.size(); d += Devices::kThreadCounts) {
    const cpu::Kernels& kernels = devices.all[d]->kernels;
    SCOPED_TRACE(kernels.name);
    const std::int64_t lanes = kernels.lanes, from_stride = lanes + 3, to_stride = lanes + 5;
    const Floats from = random_floats(random, lanes * from_stride);
    Floats to(static_cast<std::size_t>(lanes * to_stride), std::nanf(""));
    kernels.winograd.transpose_square(from.data(), from_stride, to.data(), to_stride);
    for (std::int64_t row = 0; row < lanes; ++row)
      for (std::int64_t column = 0; column < to_stride; ++column) {
        const float number = to[static_cast<std::size_t>(row * to_stride + column)];
        if (column < lanes)
          ASSERT_EQ(number, from[static_cast<std::size_t>(column * from_stride + row)]);
        else
          ASSERT_TRUE(std::isnan(number));
      }
  }
}

}  // namespace
}  // namespace convlstm::test
