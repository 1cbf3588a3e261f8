#include "backend/cuda/fused_cost.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace convlstm::cuda::test {
namespace {

const DeviceFigures kH200 = figures_of("sm_90", 132);

ProductSize forward_of(std::int64_t pixels, std::int64_t hidden, std::int32_t stages) {
  return {pixels, 4 * hidden, stages};
}

TEST(FusedCost, Names_AreReadAsTheyAreWritten) {
  for (const FusedTile tile : {FusedTile::k128By128, FusedTile::k64By64, FusedTile::k64By32})
    for (const std::int32_t parts : {1, 2, 16}) {
      const FusedCut cut{tile, parts};
      EXPECT_EQ(cut_of(name_of(cut)), cut) << name_of(cut);
    }
  EXPECT_EQ(name_of({FusedTile::k64By32, 3}), "64x32,split3");
  for (const char* name : {"", "64", "64x65", "64x32,", "64x32,split", "64x32,split1", "64x32,split17",
                           "64x32,split2x", "64x32,split-2", "64x320"})
    EXPECT_EQ(cut_of(name), std::nullopt) << name;
}

// Large tiles where they fill the device, small ones where it would stay empty.
TEST(FusedCost, Cut_FitsTheShape) {
  EXPECT_EQ(choose_cut(kH200, FusedProducts::kBfloat16, forward_of(32 * 4096, 64, 21)),
            (FusedCut{FusedTile::k128By128, 1}));
  EXPECT_EQ(choose_cut(kH200, FusedProducts::kBfloat16, forward_of(1, 8, 9)),
            (FusedCut{FusedTile::k64By32, 1}));
  // 16² grids: the depth is shared.
  EXPECT_GT(choose_cut(kH200, FusedProducts::kBfloat16, forward_of(256, 128, 200)).parts, 1);
  EXPECT_EQ(choose_cut(kH200, FusedProducts::kBfloat16, forward_of(256, 128, 200), FusedTile::k64By64).tile,
            FusedTile::k64By64);
}

TEST(FusedCost, Parts_LeaveEveryOneSomeStages) {
  for (std::int32_t stages = 1; stages < 200; stages += 7)
    for (const std::int64_t pixels : {1, 100, 5000}) {
      const FusedCut cut = choose_cut(kH200, FusedProducts::kTf32, forward_of(pixels, 20, stages));
      EXPECT_TRUE(cut.parts == 1 || stages >= 8 * cut.parts) << stages;
    }
}

// More work is never cheaper; three products cost more than one, and less than three times as much.
TEST(FusedCost, Cost_GrowsWithTheWork) {
  const FusedCut cut{FusedTile::k64By64, 1};
  const auto cycles = [&](FusedProducts products, const ProductSize& size) {
    return cost_of(kH200, products, size, cut).cycles;
  };
  double before = 0;
  for (std::int64_t pixels = 1 << 12; pixels < 1 << 20; pixels *= 2) {
    const double now = cycles(FusedProducts::kBfloat16, forward_of(pixels, 64, 21));
    EXPECT_GE(now, before);
    before = now;
  }
  const ProductSize large = forward_of(1 << 18, 64, 40);
  EXPECT_GT(cycles(FusedProducts::kThreeTf32, large), cycles(FusedProducts::kTf32, large));
  EXPECT_LT(cycles(FusedProducts::kThreeTf32, large), 3 * cycles(FusedProducts::kTf32, large));
  EXPECT_GT(cycles(FusedProducts::kPlain, large), cycles(FusedProducts::kThreeTf32, large));
}

TEST(FusedCost, Blocks_AreCounted) {
  const ProductCost cost = cost_of(kH200, FusedProducts::kBfloat16, {4096, 256, 21}, {FusedTile::k64By64, 2});
  EXPECT_EQ(cost.blocks, 64 * 4 * 2);
  EXPECT_EQ(cost.of_fullest, 4);
  EXPECT_LE(cost.at_once, cost.of_fullest);
}

TEST(FusedCost, CutsToTry_AreAllTilesWholeAndTheCheapestFirst) {
  const ProductSize size = forward_of(256, 128, 200);
  const std::vector<FusedCut> cuts = cuts_to_try(kH200, FusedProducts::kBfloat16, size);
  EXPECT_EQ(cuts.front(), choose_cut(kH200, FusedProducts::kBfloat16, size));
  for (const FusedTile tile : {FusedTile::k128By128, FusedTile::k64By64, FusedTile::k64By32})
    EXPECT_EQ(std::count(cuts.begin(), cuts.end(), FusedCut{tile, 1}), 1);
}

}  // namespace
}  // namespace convlstm::cuda::test
