#include "backend/cuda/fused_cost.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "backend/cuda/fused_estimate.h"
#include "backend/cuda/hopper_cost.h"

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

// Tiles of warpgroups: of stages of 128 bytes.
TEST(HopperCost, Tiles_AreCountedAndTakeTurns) {
  const ProductSize size{4096, 256, 12};
  const ProductCost cost = cost_of(kH200, FusedProducts::kBfloat16, size, HopperTile::k64By128);
  EXPECT_EQ(cost.blocks, 64 * 2);
  EXPECT_EQ(cost.of_fullest, 1);
  EXPECT_STREQ(cost.limit, "the second cache");
  // The cell of a tile runs under the products of the next.
  const auto cycles = [&](std::int64_t pixels, double end_cycles) {
    return cost_of(kH200, FusedProducts::kBfloat16, {pixels, 128, 40, end_cycles}, HopperTile::k128By128)
        .cycles;
  };
  const std::int64_t of_round = 132 * 128;
  EXPECT_LT(cycles(4 * of_round, 0.1) - cycles(4 * of_round, 0), 1.01 * (cycles(1, 0.1) - cycles(1, 0)));
  EXPECT_GT(cycles(4 * of_round, 40) - cycles(4 * of_round, 0), 2 * (cycles(1, 40) - cycles(1, 0)));
}

struct Case {
  RecurrentDesc desc;
  InputShape shape;
  FusedProblem problem(FusedProducts products) const {
    const bool is_half = products == FusedProducts::kBfloat16 || products == FusedProducts::kFloat16;
    return {desc, shape, is_half ? Element::kBfloat16 : Element::kFloat32, products, kH200};
  }
};
Case case_of(std::int64_t inputs, std::int64_t hidden, std::int64_t kernel, std::int64_t side,
             std::int64_t batch) {
  Case made;
  made.desc.input_channels = inputs;
  made.desc.hidden_channels = hidden;
  made.desc.input.kernel = made.desc.recurrent_kernel = {kernel, kernel};
  made.shape = {batch, {side, side}};
  return made;
}
std::vector<FusedForm> forms_of(const FusedProblem& problem) {
  const FusedPlan plan(problem.desc, problem.shape.size, problem.element, FusedCut{});
  std::vector<FusedForm> forms(std::begin(kHopperTiles), std::end(kHopperTiles));
  for (const FusedCut& cut : cuts_to_try(problem.figures, problem.products, plan.size(problem.shape.batch)))
    forms.emplace_back(cut);
  return forms;
}

// On large grids warpgroups take fewer bytes from the second cache for a product; where few tiles share a
// long depth the kernels that can cut it are faster.
TEST(FusedEstimate, Forms_AreOrderedByWhatTheyShouldTake) {
  const auto best = [](const Case& of) {
    const FusedProblem problem = of.problem(FusedProducts::kBfloat16);
    const auto estimates = estimates_of(problem, forms_of(problem));
    for (std::size_t k = 1; k < estimates.size(); ++k)
      EXPECT_LE(estimates[k - 1].estimate.total, estimates[k].estimate.total);
    return name_of(estimates.front().form);
  };
  EXPECT_EQ(best(case_of(1, 64, 3, 64, 32)), "128x128,hopper");
  EXPECT_EQ(best(case_of(1, 64, 3, 64, 1)), "128x128,hopper");
  EXPECT_NE(best(case_of(128, 128, 5, 16, 1)).find(",split"), std::string::npos);
}

// A small batch that fits is fastest as one kernel, which launches nothing and loads its kernels once.
TEST(FusedEstimate, SmallSequences_AreFastestAsOneKernel) {
  const Case small = case_of(1, 32, 3, 32, 1);
  const FusedProblem problem = small.problem(FusedProducts::kBfloat16);
  std::vector<FusedForm> forms = forms_of(problem);
  forms.emplace_back(PersistentTile::k16By64);
  EXPECT_EQ(estimates_of(problem, forms).front().form, FusedForm(PersistentTile::k16By64));
}

TEST(FusedEstimate, MultiplyAdds_CountWhatIsPadded) {
  const Case of = case_of(1, 64, 3, 64, 1);
  const FusedProblem problem = of.problem(FusedProducts::kBfloat16);
  // 9 elements of a channel are 9 pieces of 32 bytes, 3 stages; those of 64 channels 9 stages.
  EXPECT_EQ(estimate_of(problem, HopperTile::k64By128).multiply_adds, 4096.0 * 256 * (3 + 9) * 64);
  // 9 vectors, 3 stages; 72 vectors, 18 stages.
  EXPECT_EQ(estimate_of(problem, FusedCut{FusedTile::k64By64, 1}).multiply_adds, 4096.0 * 256 * 21 * 32);
}

TEST(FusedForms, Names_AreReadAsTheyAreWritten) {
  for (const HopperTile tile : kHopperTiles) EXPECT_EQ(form_of(name_of(FusedForm(tile))), FusedForm(tile));
  for (const PersistentTile tile : kPersistentTiles)
    EXPECT_EQ(form_of(name_of(FusedForm(tile))), FusedForm(tile));
  EXPECT_EQ(name_of(FusedForm(HopperTile::k64By128)), "64x128,hopper");
  EXPECT_EQ(form_of("64x32,split2"), FusedForm(FusedCut{FusedTile::k64By32, 2}));
  for (const char* name : {"", "hopper", "64x32,hopper", "128x128,sequence"})
    EXPECT_EQ(form_of(name), std::nullopt) << name;
}

}  // namespace
}  // namespace convlstm::cuda::test
