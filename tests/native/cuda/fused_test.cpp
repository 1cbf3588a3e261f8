// The fused executor on the emulated device against the reference in double precision.
#include "backend/cuda/fused.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/emulated_block.h"
#include "support/on_device.h"
#include "support/outcomes.h"
#include "support/random_layers.h"

namespace convlstm::test {
namespace {

using cuda::Element;
using cuda::FusedTile;
using cuda::Precision;

constexpr FusedTile kTiles[] = {FusedTile::k128By128, FusedTile::k64By64, FusedTile::k64By32};

std::shared_ptr<cuda::Device> make_device(const Precision& precision, bool is_exact = false) {
  return std::make_shared<cuda::Device>(0, precision, is_exact, nullptr);
}

OnDevice make_fused(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                    std::optional<FusedTile> tile = {}) {
  return {device,
          std::make_unique<cuda::Fused>(device, std::get<RecurrentDesc>(problem.desc), problem.shape, tile),
          problem.desc, problem.shape};
}

// Every knob that the executor has.
Problem random_lstm(Random& random, cln_storage storage) {
  Problem problem = random_problem(random, CLN_CELL_CONV_LSTM, storage);
  auto& desc = std::get<RecurrentDesc>(problem.desc);
  while (desc.normalization != CLN_NORMALIZATION_NONE) {
    problem = random_problem(random, CLN_CELL_CONV_LSTM, storage);
    desc = std::get<RecurrentDesc>(problem.desc);
  }
  problem.dropout.is_active = false;
  return problem;
}

class Fused : public testing::Test {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  void check_one(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                 std::optional<FusedTile> tile) {
    SCOPED_TRACE(describe(problem));
    const auto& desc = std::get<RecurrentDesc>(problem.desc);
    ASSERT_TRUE(cuda::Fused::supports(desc, problem.shape));
    OnDevice executor = make_fused(device, problem, tile);
    const Outcome actual = infer(executor, problem), expected = infer(cpu_, "reference", problem);
    expect_near(actual, expected, bounds_of(problem, device->precision));
    OnDevice other = make_fused(device, problem, tile);
    EXPECT_TRUE(same_bits(infer(other, problem), actual)) << "again";
    // A training forward gives the same bits, and its tape is one for the stepwise backward.
    const Outcome trained = train(executor, problem, 0.5f);
    EXPECT_TRUE(same_bits(trained.y, actual.y) && same_bits(trained.final, actual.final)) << "training";
    expect_near(trained, train(cpu_, "reference", problem, 0.5f), bounds_of(problem, device->precision));
  }
  // 16-bit storage only makes layers that have no kinks.
  void check_random(std::uint64_t seed, int count, const Precision& precision, bool is_exact = false) {
    const auto device = make_device(precision, is_exact);
    const bool is_rounded = precision.element != Element::kFloat32 || precision.allows_tf32;
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k) {
      Problem problem = random_lstm(random, is_rounded ? CLN_STORAGE_BFLOAT16 : CLN_STORAGE_FLOAT32);
      if (random.below(3) != 0) std::get<RecurrentDesc>(problem.desc).storage = CLN_STORAGE_FLOAT32;
      check_one(device, problem, kTiles[k % 3]);
    }
  }
};

TEST_F(Fused, RandomLayersInThreeTf32_MatchReference) {
  check_random(3001, 45, {});
}
TEST_F(Fused, RandomLayersInPlainFloat32_MatchReference) {
  check_random(3002, 45, {}, true);
}
TEST_F(Fused, RandomLayersInTf32_MatchReference) {
  check_random(3003, 30, {Element::kFloat32, true});
}
TEST_F(Fused, RandomLayersInBfloat16_MatchReference) {
  check_random(3004, 45, {Element::kBfloat16});
}
TEST_F(Fused, RandomLayersInFloat16_MatchReference) {
  check_random(3005, 30, {Element::kFloat16});
}

RecurrentDesc layer_of(std::int64_t inputs, std::int64_t hidden) {
  RecurrentDesc desc;
  desc.input_channels = inputs;
  desc.hidden_channels = hidden;
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  desc.mask = CLN_MASK_ZERO;
  return desc;
}

// Several tiles along pixels, columns and depth; and images of one pixel.
TEST_F(Fused, ManyTiles_MatchReference) {
  Random random(3006);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const FusedTile tile : kTiles)
      for (const InputShape& shape : {InputShape{3, {7, 9}}, InputShape{5, {1, 1}}}) {
        Problem problem = make_problem(random, layer_of(9, 35), shape, 2, true);
        add_mask(problem, random);
        check_one(device, problem, tile);
      }
  }
}

// The vectors of 8 rows of a stage lie in different banks of shared memory.
TEST_F(Fused, StagesInSharedMemory_HaveNoConflicts) {
  Random random(3007);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const FusedTile tile : kTiles) {
      const Problem problem = make_problem(random, layer_of(3, 20), {1, {6, 5}}, 1, true);
      OnDevice executor = make_fused(device, problem, tile);
      const cuda::emulated::LoadCounts before = cuda::emulated::load_counts();
      infer(executor, problem);
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
  const cuda::Fused fused(device, layer_of(3, 10), {2, {6, 7}}, FusedTile::k64By64);
  const ExecutorPlan plan = fused.plan();
  EXPECT_EQ(plan.algorithm, "implicit matrix product, bfloat16");
  EXPECT_EQ(plan.tiling, "64 pixels by 4 gates of 16 channels");
  EXPECT_STREQ(plan.input, "folded");
  EXPECT_EQ(plan.multiply_adds, 128.0 * 64 * 8 * 32);
  EXPECT_EQ(plan.weight_bytes, 64 * 8 * 64);
}

}  // namespace
}  // namespace convlstm::test
