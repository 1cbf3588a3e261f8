// Whole sequences as one kernel, on the emulated device, against the reference in double precision.
#include <string>

#include "backend/cuda/emulated_block.h"
#include "core/error.h"
#include "support/persistent_cases.h"

namespace convlstm::test {
namespace {

using cuda::PersistentTile;

class Persistent : public PersistentTest {
 protected:
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    PersistentTest::check_random(seed, count, precision, cuda::kPersistentTiles);
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

// In float32 nothing is lost where h goes to the caller and back.
TEST_F(Persistent, SingleSteps_SameBitsAsTheSequence) {
  Random random(5006);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}})
    check_parts(make_device(precision), make_problem(random, layer_of(3, 20), {1, {9, 8}}, 9, true),
                PersistentTile::k16By64);
}

TEST_F(Persistent, RecordedCalls_SameBitsAsNewOnes) {
  Random random(5007);
  check_recorded(make_device({Element::kBfloat16}),
                 make_problem(random, layer_of(3, 20), {2, {9, 8}}, 5, true), PersistentTile::k16By64);
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
    return cuda::Fused(device, desc, shape).plan(4).tiling;
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
