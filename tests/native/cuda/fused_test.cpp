// The fused executor on the emulated device against the reference in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backend/cuda/emulated_block.h"
#include "support/fused_cases.h"

namespace convlstm::test {
namespace {

class Fused : public FusedForms {
 protected:
  void check_random(std::uint64_t seed, int count, const Precision& precision, bool is_exact = false) {
    const auto device = make_device(precision, is_exact);
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k) {
      const Problem problem = random_lstm_for(random, precision);
      ASSERT_TRUE(cuda::Fused::supports(std::get<RecurrentDesc>(problem.desc), problem.shape));
      check_form(device, problem, kCuts[k % 6]);
    }
  }
};

TEST_F(Fused, RandomLayersInThreeTf32_MatchReference) {
  check_random(3001, 24, {});
}
TEST_F(Fused, RandomLayersInPlainFloat32_MatchReference) {
  check_random(3002, 24, {}, true);
}
TEST_F(Fused, RandomLayersInTf32_MatchReference) {
  check_random(3003, 18, {Element::kFloat32, true});
}
TEST_F(Fused, RandomLayersInBfloat16_MatchReference) {
  check_random(3004, 30, {Element::kBfloat16});
}
TEST_F(Fused, RandomLayersInFloat16_MatchReference) {
  check_random(3005, 24, {Element::kFloat16});
}

// Several tiles along pixels, columns and depth; and images of one pixel.
TEST_F(Fused, ManyTiles_MatchReference) {
  Random random(3006);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const FusedCut& cut : kCuts)
      for (const InputShape& shape : {InputShape{3, {7, 9}}, InputShape{5, {1, 1}}}) {
        Problem problem = make_problem(random, layer_of(9, 35), shape, 2, true);
        add_mask(problem, random);
        check_form(device, problem, cut);
      }
  }
}

// The vectors of 8 rows of a stage lie in different banks of shared memory.
TEST_F(Fused, StagesInSharedMemory_HaveNoConflicts) {
  Random random(3007);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const FusedCut& cut : kCuts) {
      const Problem problem = make_problem(random, layer_of(3, 20), {1, {6, 5}}, 1, true);
      OnDevice executor = make_fused(device, problem, cut);
      const cuda::emulated::LoadCounts before = cuda::emulated::load_counts();
      train(executor, problem);
      const cuda::emulated::LoadCounts after = cuda::emulated::load_counts();
      EXPECT_GT(after.groups, before.groups);
      EXPECT_EQ(after.conflicts, before.conflicts);
    }
  }
}

TEST_F(Fused, DroppingForward_IsThatOfTheStepwiseExecutor) {
  Random random(3011);
  RecurrentDesc desc = layer_of(3, 10);
  desc.recurrent_dropout = 0.4f;
  Problem problem = make_problem(random, desc, {2, {6, 7}}, 3, true);
  problem.dropout = {true, 7};
  OnDevice executor = make_fused(make_device({}), problem);
  expect_near(train(executor, problem), train(cpu_, "reference", problem), {});
}

// From the second call of a kind on it is recorded, and gives the same bits with new parameters too; nothing
// is waited for.
TEST_F(Fused, RecordedCalls_SameBitsAsNewOnes) {
  Random random(3009);
  const auto device = make_device({Element::kBfloat16});
  Problem plain = make_problem(random, layer_of(3, 10), {2, {6, 7}}, 4, true), masked = plain;
  plain.states_in_place = masked.states_in_place = false;
  add_mask(masked, random);
  limit_input(masked, {1, 3});
  auto fused = std::make_unique<cuda::Fused>(device, std::get<RecurrentDesc>(plain.desc), plain.shape);
  const cuda::Recordings& recordings = fused->recordings();
  OnDevice executor(device, std::move(fused), plain.desc, plain.shape);
  PackedCache packed;
  for (std::uint64_t version = 1; version <= 4; ++version) {
    for (Problem* problem : {&plain, &masked}) {
      for (Floats& values : problem->parameters)
        for (float& value : values) value *= 0.9f;
      problem->version = version;
    }
    for (const Problem* problem : {&plain, &masked}) {
      OnDevice other = make_fused(make_device({Element::kBfloat16}), *problem);
      EXPECT_TRUE(same_bits(infer(executor, *problem, &packed), infer(other, *problem))) << version;
    }
  }
  EXPECT_EQ(recordings.recorded(), 2u);
  EXPECT_EQ(executor.waits(), 0);
}

// x may hold anything where a step does not count.
TEST_F(Fused, MaskedSteps_InputThatIsNaN_ChangesNothing) {
  Random random(3010);
  const auto device = make_device({});
  Problem problem = make_problem(random, layer_of(2, 5), {2, {5, 4}}, 4, true);
  add_mask(problem, random);
  OnDevice executor = make_fused(device, problem);
  const Outcome expected = infer(executor, problem);
  const std::size_t image = problem.x.size() / 8;
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t n = 0; n < 2; ++n)
      if (problem.active[t * 2 + n] == 0)
        std::fill_n(problem.x.begin() + static_cast<std::ptrdiff_t>((n * 4 + t) * image), image,
                    std::nanf(""));
  EXPECT_TRUE(same_bits(infer(executor, problem), expected));
}

TEST_F(Fused, Plan_TellsProductsAndTile) {
  const auto device = make_device({Element::kBfloat16});
  const cuda::Fused fused(device, layer_of(3, 10), {2, {6, 7}}, FusedCut{FusedTile::k64By64});
  const ExecutorPlan plan = fused.plan(4);
  EXPECT_EQ(plan.algorithm, "implicit matrix product, bfloat16");
  EXPECT_TRUE(
      plan.tiling.starts_with("64 pixels by 4 gates of 16 channels: 2 blocks on 4 multiprocessors, 1 on "
                              "the fullest, 1 at once, waiting for "))
      << plan.tiling;
  EXPECT_NE(plan.tiling.find("by the model, not measured, a step takes "), std::string::npos) << plan.tiling;
  EXPECT_STREQ(plan.input, "folded");
  EXPECT_EQ(plan.multiply_adds, 128.0 * 64 * 8 * 32);
  EXPECT_EQ(plan.weight_bytes, 64 * 8 * 64);
}

}  // namespace
}  // namespace convlstm::test
