#include "backend/cuda/fused_plan.h"

#include <gtest/gtest.h>

namespace convlstm::cuda::test {
namespace {

// 9 elements of 3 channels are 9 vectors of bfloat16, 3 stages; 9 elements of 10 are 18, 5 stages.
TEST(FusedPlan, Depth_IsCutIntoVectorsAndStages) {
  RecurrentDesc desc;
  desc.input_channels = 3;
  desc.hidden_channels = 10;
  const FusedPlan plan(desc, {5, 6}, Element::kBfloat16, FusedCut{FusedTile::k64By32});
  EXPECT_EQ(plan.x.stages, 3);
  EXPECT_EQ(plan.h.first_stage, 3);
  EXPECT_EQ(plan.h.stages, 5);
  EXPECT_EQ(plan.columns, 64);
  const std::vector<SourceVector> vectors = plan.vectors();
  ASSERT_EQ(vectors.size(), 8u * kStageVectors);
  const auto is = [&](std::size_t i, int h, int w, int channel) {
    const SourceVector& v = vectors[i];
    return v.offset.d == 0 && v.offset.h == h && v.offset.w == w && v.channel == channel;
  };
  EXPECT_TRUE(is(0, -1, -1, 0) && is(1, -1, 0, 0) && is(8, 1, 1, 0)) << "x";
  EXPECT_EQ(vectors[9].channel, -1);
  EXPECT_EQ(vectors[11].channel, -1);
  EXPECT_TRUE(is(12, -1, -1, 0) && is(13, -1, -1, 8) && is(29, 1, 1, 8)) << "h";
  EXPECT_EQ(vectors[30].channel, -1);
  const FusedPlan wide(desc, {5, 6}, Element::kFloat32, FusedCut{FusedTile::k128By128});
  EXPECT_EQ(wide.h.vectors, 3);
  EXPECT_EQ(wide.columns, 128);
}

TEST(FusedPlan, Products_AreThoseOfThePrecision) {
  EXPECT_EQ(products_of({Element::kBfloat16}, true), FusedProducts::kBfloat16);
  EXPECT_EQ(products_of({Element::kFloat16}, false), FusedProducts::kFloat16);
  EXPECT_EQ(products_of({Element::kFloat32, true}, false), FusedProducts::kTf32);
  EXPECT_EQ(products_of({Element::kFloat32, false}, false), FusedProducts::kThreeTf32);
  EXPECT_EQ(products_of({Element::kFloat32, true}, true), FusedProducts::kPlain);
}

}  // namespace
}  // namespace convlstm::cuda::test
