// The fused executor's kernels for compute capability 9.0 on the emulated device against the reference in
// double precision.
#include <gtest/gtest.h>

#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/hopper_plan.h"
#include "support/fused_cases.h"

namespace convlstm::test {
namespace {

using cuda::HopperTile;
using cuda::kHopperTiles;

class Hopper : public FusedForms {
 protected:
  void SetUp() override { cuda::emulated::set_architecture("sm_90"); }
  void TearDown() override {
    cuda::emulated::set_architecture("emulated");
    cuda::emulated::set_multiprocessors(4);
  }

  // The number of multiprocessors says how many tiles a consumer takes.
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    const auto device = make_device(precision);
    Random random(seed);
    int checked = 0;
    for (int k = 0; k < 2 * count && checked < count && !HasFailure(); ++k) {
      const Problem problem = random_lstm_for(random, precision);
      const auto& desc = std::get<RecurrentDesc>(problem.desc);
      if (!cuda::HopperPlan::supports(*device, desc, problem.shape)) continue;
      cuda::emulated::set_multiprocessors(1 + static_cast<int>(random.below(3)));
      check_form(device, problem, kHopperTiles[checked++ % 3]);
    }
    EXPECT_EQ(checked, count);
  }
};

TEST_F(Hopper, RandomLayersInBfloat16_MatchReference) {
  check_random(4001, 30, {Element::kBfloat16});
}
TEST_F(Hopper, RandomLayersInFloat16_MatchReference) {
  check_random(4002, 20, {Element::kFloat16});
}
TEST_F(Hopper, RandomLayersInTf32_MatchReference) {
  check_random(4003, 30, {Element::kFloat32, true});
}

TEST_F(Hopper, RandomLayersInThreeTf32_MatchReference) {
  check_random(4006, 30, {});
}

// As near as the kernels of mma.sync with three products are.
TEST_F(Hopper, TwentyStepsInThreeTf32_StayNearTheReference) {
  Random random(4007);
  const auto device = make_device({});
  const Problem problem = make_problem(random, layer_of(3, 24), {1, {9, 8}}, 20, true);
  OnDevice hopper = make_fused(device, problem, HopperTile::k64By128),
           portable = make_fused(device, problem, FusedCut{FusedTile::k64By64, 1});
  const Outcome expected = infer(cpu_, "reference", problem);
  for (OnDevice* executor : {&hopper, &portable}) {
    const Outcome actual = infer(*executor, problem);
    ASSERT_EQ(actual.y.size(), expected.y.size());
    for (std::size_t k = 0; k < expected.y.size(); ++k) ASSERT_NEAR(actual.y[k], expected.y[k], 1e-5f) << k;
  }
}

// Several tiles of a consumer, several columns of tiles, more stages than the ring has; images of one pixel;
// pieces of 32, 64 and 128 bytes.
TEST_F(Hopper, ManyTiles_MatchReference) {
  Random random(4004);
  for (const Precision& precision :
       {Precision{}, Precision{Element::kFloat32, true}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const HopperTile tile : kHopperTiles)
      for (const InputShape& shape : {InputShape{3, {9, 13}}, InputShape{70, {1, 1}}}) {
        cuda::emulated::set_multiprocessors(2);
        Problem problem = make_problem(random, layer_of(9 + 20 * static_cast<int>(tile), 35), shape, 2, true);
        add_mask(problem, random);
        check_form(device, problem, tile);
      }
  }
}

TEST_F(Hopper, WideStridesAndOddKernels_MatchReference) {
  Random random(4005);
  RecurrentDesc desc = layer_of(6, 20);
  desc.peephole = CLN_PEEPHOLE_NONE;
  desc.input.kernel = {5, 2};
  desc.input.stride = {2, 3};
  desc.input.dilation = {1, 2};
  desc.recurrent_kernel = {3, 5};
  desc.recurrent_dilation = {2, 1};
  check_form(make_device({Element::kBfloat16}), make_problem(random, desc, {3, {11, 16}}, 2, true),
             kHopperTiles[1]);
}

TEST_F(Hopper, Supports_SaysWhyNot) {
  const auto why = [](const cuda::Device& device, const RecurrentDesc& desc) {
    return cuda::HopperPlan::supports(device, desc, {2, {300, 300}}).why_not;
  };
  const auto bfloat16 = make_device({Element::kBfloat16});
  RecurrentDesc desc = layer_of(3, 10);
  EXPECT_EQ(why(*bfloat16, desc), "");
  EXPECT_EQ(why(*make_device({}), desc), "");
  EXPECT_EQ(why(*make_device({}, true), desc), "its products are those of the ordinary units");
  desc.recurrent_dilation = {1, 130};
  EXPECT_EQ(why(*bfloat16, desc), "its kernels reach further than tensor maps do");
  desc.recurrent_dilation = {1, 1};
  cuda::emulated::set_architecture("sm_89");
  EXPECT_EQ(why(*bfloat16, desc), "the device is not of compute capability 9.0");
}

TEST_F(Hopper, Plan_TellsProductsAndTile) {
  const auto device = make_device({Element::kBfloat16});
  const ExecutorPlan plan = cuda::Fused(device, layer_of(3, 64), {2, {30, 30}}).plan(4);
  EXPECT_EQ(plan.algorithm, "implicit matrix product of warpgroups, bfloat16");
  EXPECT_TRUE(
      plan.tiling.starts_with("128 pixels by 4 gates of 32 channels: 30 tiles on 4 multiprocessors, "
                              "8 on the fullest, waiting for "))
      << plan.tiling;
  EXPECT_NE(plan.tiling.find(", as 128x128 "), std::string::npos) << "the best of the other kernels";
  EXPECT_NE(plan.tiling.find("x unrolled"), std::string::npos) << plan.tiling;
  EXPECT_EQ(plan.weight_bytes, 256 * 128 * (1 + 9));
  const auto halves = make_device({});
  EXPECT_EQ(cuda::Fused(halves, layer_of(40, 64), {2, {30, 30}}, HopperTile::k128By128).plan(4).weight_bytes,
            2 * 256 * 128 * (12 + 18));
}

// 9 elements of a channel are 9 pieces of 32 bytes, or one; those of 16 channels of bfloat16 are full
// already.
TEST(HopperPlan, InputsOfFewChannels_AreUnrolled) {
  const auto stages = [](std::int64_t inputs, cuda::FusedProducts products, bool may_unroll) {
    const cuda::HopperPlan plan(layer_of(inputs, 64), {1, {8, 8}}, products, HopperTile::k64By64, may_unroll);
    EXPECT_EQ(plan.h.stages, products == cuda::FusedProducts::kBfloat16 ? 9 : 18);
    EXPECT_EQ(plan.is_unrolled(), plan.x.taps == 1);
    return plan.x.stages;
  };
  EXPECT_EQ(stages(1, cuda::FusedProducts::kBfloat16, false), 3);
  EXPECT_EQ(stages(1, cuda::FusedProducts::kBfloat16, true), 1);
  EXPECT_EQ(stages(3, cuda::FusedProducts::kThreeTf32, true), 1);
  EXPECT_EQ(stages(8, cuda::FusedProducts::kBfloat16, true), 2);
  EXPECT_EQ(stages(16, cuda::FusedProducts::kBfloat16, true), 3);
  EXPECT_EQ(stages(0, cuda::FusedProducts::kBfloat16, true), 0);
}

}  // namespace
}  // namespace convlstm::test
