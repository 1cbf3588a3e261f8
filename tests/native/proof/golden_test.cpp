// The numbers of Keras' own unit tests of ConvLSTM2D, through the C interface, on every executor that has the
// layer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "support/objects.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kBatch = 2, kSide = 5, kChannels = 3, kHidden = 4, kArea = kSide * kSide;
constexpr std::int64_t kPart = kBatch * kHidden * kArea;

// 0, 1, 2, ... by a divisor.
Floats counted(std::int64_t count, float divisor) {
  Floats out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i) / divisor;
  return out;
}

// Keras' states are channels last.
Floats channels_first(const Floats& from) {
  Floats out(from.size());
  for (std::size_t n = 0; n < kBatch; ++n)
    for (std::size_t pixel = 0; pixel < kArea; ++pixel)
      for (std::size_t f = 0; f < kHidden; ++f)
        out[(n * kHidden + f) * kArea + pixel] = from[(n * kArea + pixel) * kHidden + f];
  return out;
}

double sum(const Floats& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

class GoldenTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    setenv("CLN_EXECUTOR", GetParam(), 1);
    cln_recurrent_desc desc = recurrent_desc(kChannels, kHidden);
    desc.layout = CLN_LAYOUT_NTHWC;
    desc.output = CLN_OUTPUT_LAST;
    layer_ = make_recurrent(context_, desc);
    set_parameter(layer_, 0, Floats(4 * kHidden * kChannels * 9, 0.01f));
    set_parameter(layer_, 1, Floats(4 * kHidden * kHidden * 9, 0.02f));
    Floats bias(4 * kHidden);
    std::fill_n(bias.begin() + kHidden, kHidden, 1.0f);
    set_parameter(layer_, 2, bias);
    session_ = make_session(context_, layer_, {kBatch, kSide, kSide});
    state_ = make_state(context_, layer_, {kBatch, kSide, kSide});
  }
  void TearDown() override { unsetenv("CLN_EXECUTOR"); }

  Floats run_counted(std::int64_t steps, float divisor) const {
    const Floats part = channels_first(counted(kPart, divisor));
    for (std::int32_t i = 0; i < 2; ++i) ok(cln_state_upload(state_.get(), i, part.data(), kPart));
    return run(session_, steps, counted(kBatch * steps * kArea * kChannels, divisor), state_, kPart);
  }

  Context context_ = make_context(1);
  Layer layer_;
  Session session_;
  State state_;
};

TEST_P(GoldenTest, OneStep_KerasCell_GivesItsSums) {
  run_counted(1, 10);
  EXPECT_NEAR(sum(part_of(state_, 0, kPart)), 188.89502, 1e-3);
  EXPECT_NEAR(sum(part_of(state_, 1, kPart)), 2170.444, 2e-3);
}

TEST_P(GoldenTest, ThreeSteps_KerasLayer_GivesItsSum) {
  EXPECT_NEAR(sum(run_counted(3, 100)), 119.812454, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Executors, GoldenTest, testing::Values("direct_fused", "generic", "reference"));

}  // namespace
}  // namespace convlstm::test
