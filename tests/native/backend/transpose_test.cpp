#include "backend/cpu/transpose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"

namespace convlstm::test {
namespace {

using Transpose = void (*)(const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t);

// Random sizes, strides and places in a line of the cache; nothing else is written.
void check(Transpose transpose) {
  Random random(601);
  for (int round = 0; round < 300; ++round) {
    const auto below = [&](std::int64_t bound) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
    };
    const std::int64_t rows = below(70), columns = below(2) ? 4 * below(9) : below(40);
    const std::int64_t from_stride = columns + below(9), first = below(33);
    const std::int64_t to_stride = below(2) ? (rows + 15) / 16 * 16 + 16 * below(2) : rows + below(5);
    std::vector<float> from(static_cast<std::size_t>(rows * from_stride + 1));
    for (float& value : from) value = random.uniform(-1, 1);
    std::vector<float> to(static_cast<std::size_t>(first + columns * to_stride + 70),
                          std::numeric_limits<float>::quiet_NaN());
    transpose(from.data(), from_stride, rows, columns, to.data() + first, to_stride);
    cpu::finish_stores_past_caches();
    std::int64_t written = 0;
    for (const float value : to) written += std::isnan(value) ? 0 : 1;
    ASSERT_EQ(written, rows * columns);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column)
        ASSERT_EQ(to[static_cast<std::size_t>(first + column * to_stride + row)],
                  from[static_cast<std::size_t>(row * from_stride + column)])
            << rows << " x " << columns << " at " << first;
  }
}

TEST(Transpose, OfRandomSizes_TurnsRowsIntoColumns) {
  check(cpu::transpose);
}

TEST(Transpose, PastCaches_TurnsRowsIntoColumns) {
  check(cpu::transpose_past_caches);
}

}  // namespace
}  // namespace convlstm::test
