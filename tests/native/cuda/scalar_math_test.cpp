// The functions of the device's cells against double precision.
#include "backend/cuda/scalar_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/double_math.h"

namespace convlstm::test {
namespace {

constexpr cln_gate_activation kGates[] = {CLN_GATE_ACTIVATION_SIGMOID,
                                          CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2,
                                          CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3};
constexpr cln_cell_activation kCells[] = {CLN_CELL_ACTIVATION_TANH, CLN_CELL_ACTIVATION_RELU,
                                          CLN_CELL_ACTIVATION_SIGMOID, CLN_CELL_ACTIVATION_LINEAR};

template <typename Use>
void for_every_kind(const Use& use) {
  for (const cln_gate_activation gate : kGates)
    for (const cln_cell_activation cell : kCells)
      for (const float limit : {0.0f, 0.75f})
        use(cuda::ScalarMath{gate, cell, limit}, DoubleMath{gate, cell, static_cast<double>(limit)});
}

TEST(ScalarMath, AnyNumber_IsThatOfDoubles) {
  for_every_kind([](const cuda::ScalarMath& math, const DoubleMath& exact) {
    for (float x = -30; x < 30; x += 0.0437f) {
      const auto wide = static_cast<double>(x);
      const double scale = std::max(1.0, std::fabs(wide)) * 2e-7;
      EXPECT_NEAR(math.gate(x), exact.gate(wide), scale) << x;
      EXPECT_NEAR(math.cell(x), exact.cell(wide), scale) << x;
      EXPECT_EQ(math.clip(x), static_cast<float>(exact.clip(wide))) << x;
      EXPECT_EQ(math.unclipped(0.5f, x), static_cast<float>(exact.unclipped(0.5, wide))) << x;
      const float gate = math.gate(x), cell = math.cell(x);
      EXPECT_NEAR(math.gate_slope(gate), exact.gate_slope(static_cast<double>(gate)), 2e-7) << x;
      EXPECT_NEAR(math.cell_slope(cell), exact.cell_slope(static_cast<double>(cell)),
                  scale * scale * 1e7 + 2e-7)
          << x;
    }
  });
}

TEST(ScalarMath, NotANumber_StaysSo) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for_every_kind([&](const cuda::ScalarMath& math, const DoubleMath&) {
    EXPECT_TRUE(std::isnan(math.gate(nan)));
    EXPECT_TRUE(std::isnan(math.cell(nan)));
    EXPECT_TRUE(std::isnan(math.clip(nan)));
  });
}

}  // namespace
}  // namespace convlstm::test
