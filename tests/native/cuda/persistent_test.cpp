// Whole sequences as one kernel, on the emulated device, against the reference in double precision.
#include "backend/cuda/persistent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "backend/cuda/emulated_block.h"
#include "backend/cuda/emulated_grid.h"
#include "backend/cuda/emulated_stream.h"
#include "core/error.h"
#include "support/fused_cases.h"

namespace convlstm::test {
namespace {

using cuda::PersistentTile;

class Persistent : public FusedForms {
 protected:
  // Enough for every block of these problems.
  void SetUp() override { cuda::emulated::set_multiprocessors(64); }
  void TearDown() override {
    cuda::emulated::set_multiprocessors(4);
    cuda::emulated::set_grid_schedule(0);
  }
  void check_one(const std::shared_ptr<cuda::Device>& device, const Problem& problem, PersistentTile tile,
                 std::uint64_t seed) {
    SCOPED_TRACE(describe(problem));
    cuda::emulated::set_grid_schedule(seed);
    const Outcome actual = check_form(device, problem, tile);
    OnDevice executor = make_fused(device, problem, tile);
    for (const std::uint64_t other : {std::uint64_t{0}, seed + 1, seed + 2}) {
      cuda::emulated::set_grid_schedule(other);
      EXPECT_TRUE(same_bits(infer(executor, problem), actual)) << "schedule " << other;
    }
    // Products and sums are in the same order as step by step.
    OnDevice steps = make_fused(device, problem, FusedCut{FusedTile::k64By32, 1});
    EXPECT_TRUE(same_bits(infer(steps, problem), actual)) << "step by step";
  }
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    const auto device = make_device(precision);
    Random random(seed);
    int done = 0;
    for (int k = 0; k < count && !HasFailure(); ++k) {
      const Problem problem = random_lstm_for(random, precision);
      const PersistentTile tile =
          cuda::kPersistentTiles[static_cast<std::size_t>(k) % std::size(cuda::kPersistentTiles)];
      try {
        make_fused(device, problem, tile);
      } catch (const Error&) {
        continue;  // it does not fit
      }
      check_one(device, problem, tile, seed + static_cast<std::uint64_t>(k));
      ++done;
    }
    EXPECT_GT(done, count / 2);
  }
};

TEST_F(Persistent, RandomLayersInBfloat16_MatchReference) {
  check_random(5001, 24, {Element::kBfloat16});
}
TEST_F(Persistent, RandomLayersInFloat16_MatchReference) {
  check_random(5002, 18, {Element::kFloat16});
}
TEST_F(Persistent, RandomLayersInTf32_MatchReference) {
  check_random(5003, 18, {Element::kFloat32, true});
}
TEST_F(Persistent, RandomLayersInThreeTf32_MatchReference) {
  check_random(5004, 18, {});
}

// Several patches and groups of blocks, so that there are neighbours on all sides; and images of one pixel.
TEST_F(Persistent, ManyBlocks_MatchReference) {
  Random random(5005);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const PersistentTile tile : cuda::kPersistentTiles)
      for (const InputShape& shape : {InputShape{2, {9, 7}}, InputShape{5, {1, 1}}}) {
        Problem problem = make_problem(random, layer_of(5, 18), shape, 3, true);
        add_mask(problem, random);
        check_one(device, problem, tile, 40);
      }
  }
}

// Steps [begin, end) of a problem of one image, from the state that `before` ended with.
Problem part_of(const Problem& whole, StepRange steps, const Outcome* before) {
  Problem part = whole;
  const auto image = static_cast<std::ptrdiff_t>(whole.x.size()) / whole.steps;
  part.x.assign(whole.x.begin() + steps.begin * image, whole.x.begin() + steps.end * image);
  part.steps = steps.end - steps.begin;
  part.input = {0, part.steps};
  if (before != nullptr) part.initial = before->final;
  return part;
}

// In float32 nothing is lost where h goes to the caller and back.
TEST_F(Persistent, SingleSteps_SameBitsAsTheSequence) {
  Random random(5006);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    Problem problem = make_problem(random, layer_of(3, 20), {1, {9, 8}}, 9, true);
    problem.states_in_place = false;
    OnDevice executor = make_fused(device, problem, PersistentTile::k16By64);
    const Outcome whole = infer(executor, problem);
    for (const std::int64_t length : {1, 4}) {
      Floats y;
      Outcome last;
      for (std::int64_t t = 0; t < problem.steps; t += length) {
        const StepRange steps{t, std::min(t + length, problem.steps)};
        last = infer(executor, part_of(problem, steps, t == 0 ? nullptr : &last));
        y.insert(y.end(), last.y.begin(), last.y.end());
      }
      EXPECT_EQ(y, whole.y) << length;
      EXPECT_EQ(last.final, whole.final) << length;
    }
  }
}

// From the second call on it is recorded; flags go on from call to call.
TEST_F(Persistent, RecordedCalls_SameBitsAsNewOnes) {
  Random random(5007);
  const auto device = make_device({Element::kBfloat16});
  const Problem problem = make_problem(random, layer_of(3, 20), {2, {9, 8}}, 5, true);
  OnDevice executor = make_fused(device, problem, PersistentTile::k16By64);
  const Outcome expected = infer(executor, problem);
  PackedCache packed;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    cuda::emulated::set_grid_schedule(seed);
    EXPECT_TRUE(same_bits(infer(executor, problem, &packed), expected)) << seed;
  }
  EXPECT_EQ(executor.waits(), 0);
}

// A kernel that does not wait for its neighbours is found out.
TEST_F(Persistent, ForgottenWaits_AreFoundOutBySomeSchedule) {
  Random random(5008);
  const auto device = make_device({Element::kBfloat16});
  const Problem problem = make_problem(random, layer_of(3, 20), {1, {16, 16}}, 6, true);
  OnDevice executor = make_fused(device, problem, PersistentTile::k16By64);
  const Outcome expected = infer(executor, problem);
  for (const int every : {1, 7}) {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      cuda::emulated::set_grid_schedule(seed);
      cuda::emulated::set_forgotten_waits(every);
      found += !same_bits(infer(executor, problem), expected);
    }
    cuda::emulated::set_forgotten_waits(0);
    EXPECT_GT(found, 0) << every;
  }
}

// The vectors of 8 pixels in a row lie in different banks of shared memory, x with one channel and h.
TEST_F(Persistent, HalosInSharedMemory_HaveNoConflicts) {
  Random random(5009);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const std::int64_t hidden : {8, 20, 32}) {
      const Problem problem = make_problem(random, layer_of(1, hidden), {1, {16, 16}}, 2, true);
      OnDevice executor = make_fused(device, problem, PersistentTile::k32By64);
      const cuda::emulated::LoadCounts before = cuda::emulated::load_counts();
      infer(executor, problem);
      const cuda::emulated::LoadCounts after = cuda::emulated::load_counts();
      EXPECT_GT(after.groups, before.groups);
      EXPECT_EQ(after.conflicts, before.conflicts) << hidden;
    }
  }
}

TEST_F(Persistent, WhatTheDeviceDoesNotHoldAtOnce_RunsStepByStep) {
  Random random(5010);
  cuda::emulated::set_multiprocessors(2);
  const auto device = make_device({Element::kBfloat16});
  const auto tiling = [&](const RecurrentDesc& desc, const InputShape& shape) {
    return cuda::Fused(device, desc, shape).plan().tiling;
  };
  EXPECT_NE(tiling(layer_of(3, 8), {1, {8, 8}}).find("the sequence one kernel of "), std::string::npos);
  EXPECT_EQ(tiling(layer_of(3, 64), {1, {64, 64}}).find("one kernel"), std::string::npos)
      << "too many blocks";
  EXPECT_EQ(tiling(layer_of(3, 600), {1, {3, 3}}).find("one kernel"), std::string::npos) << "too deep";
  const Problem problem = make_problem(random, layer_of(3, 64), {1, {64, 64}}, 1, false);
  try {
    make_fused(device, problem, PersistentTile::k64By128);
    FAIL() << "it was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
    EXPECT_STREQ(error.what(),
                 "fused: expected a device that holds all blocks of 64x128,sequence at once, got 2 "
                 "multiprocessors for 128 blocks");
  }
}

}  // namespace
}  // namespace convlstm::test
