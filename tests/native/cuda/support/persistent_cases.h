// Whole sequences as one kernel: what its tests share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>

#include "backend/cuda/emulated_grid.h"
#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/persistent.h"
#include "core/error.h"
#include "support/fused_cases.h"

namespace convlstm::test {

// Steps [begin, end) of a problem of one image, from the state that `before` ended with.
inline Problem part_of(const Problem& whole, StepRange steps, const Outcome* before) {
  Problem part = whole;
  const auto image = static_cast<std::ptrdiff_t>(whole.x.size()) / whole.steps;
  part.x.assign(whole.x.begin() + steps.begin * image, whole.x.begin() + steps.end * image);
  part.steps = steps.end - steps.begin;
  part.input = {0, part.steps};
  if (before != nullptr) part.initial = before->final;
  return part;
}

class PersistentTest : public FusedForms {
 protected:
  // Enough for every block of these problems.
  void SetUp() override { cuda::emulated::set_multiprocessors(64); }
  void TearDown() override {
    cuda::emulated::set_multiprocessors(4);
    cuda::emulated::set_grid_schedule(0);
  }

  void check_one(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                 cuda::PersistentTile tile, std::uint64_t seed) {
    SCOPED_TRACE(cuda::name_of(tile));
    cuda::emulated::set_grid_schedule(seed);
    const Outcome actual = check_form(device, problem, tile);
    OnDevice executor = make_fused(device, problem, tile);
    for (const std::uint64_t other : {std::uint64_t{0}, seed + 1, seed + 2}) {
      cuda::emulated::set_grid_schedule(other);
      EXPECT_TRUE(same_bits(infer(executor, problem), actual)) << "schedule " << other;
    }
    if (cuda::parts_of(tile) > 1) return;
    // Products and sums are in the same order as step by step.
    OnDevice steps = make_fused(device, problem, FusedCut{FusedTile::k64By32, 1});
    EXPECT_TRUE(same_bits(infer(steps, problem), actual)) << "step by step";
  }
  void check_random(std::uint64_t seed, int count, const Precision& precision,
                    std::span<const cuda::PersistentTile> tiles) {
    const auto device = make_device(precision);
    Random random(seed);
    int done = 0;
    for (int k = 0; k < count && !HasFailure(); ++k) {
      const Problem problem = random_lstm_for(random, precision);
      const cuda::PersistentTile tile = tiles[static_cast<std::size_t>(k) % tiles.size()];
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
  // Parts of a sequence from the states that the one before ended with give the bits of the whole.
  void check_parts(const std::shared_ptr<cuda::Device>& device, Problem problem, cuda::PersistentTile tile) {
    problem.states_in_place = false;
    OnDevice executor = make_fused(device, problem, tile);
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
  // From the second call on it is recorded; flags go on from call to call.
  void check_recorded(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                      cuda::PersistentTile tile) {
    OnDevice executor = make_fused(device, problem, tile);
    const Outcome expected = infer(executor, problem);
    PackedCache packed;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      cuda::emulated::set_grid_schedule(seed);
      EXPECT_TRUE(same_bits(infer(executor, problem, &packed), expected)) << seed;
    }
    EXPECT_EQ(executor.waits(), 0);
  }
};

}  // namespace convlstm::test
