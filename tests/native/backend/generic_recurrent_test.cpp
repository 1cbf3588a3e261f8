// The generic executor against the reference: every cell and every knob, on every instruction set of this
// machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "support/agreement.h"
#include "support/random_layers.h"

namespace convlstm::test {
namespace {

// 1 / std of a normalization magnifies the errors of what it normalizes, which may be a few pixels that
// differ little.
Bounds bounds_of(const Problem& problem) {
  const auto& desc = std::get<RecurrentDesc>(problem.desc);
  if (desc.storage == CLN_STORAGE_BFLOAT16) return {1e-2, 2e-2};
  return desc.normalization == CLN_NORMALIZATION_NONE ? Bounds{} : Bounds{2e-5, 2e-4};
}

class GenericRecurrent : public testing::TestWithParam<cln_cell> {};
INSTANTIATE_TEST_SUITE_P(Cells, GenericRecurrent,
                         testing::Values(CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                                         CLN_CELL_ST_LSTM));

TEST_P(GenericRecurrent, RandomLayers_MatchReference) {
  const Devices devices;
  Random random(2029);  // a seed that puts no sum so near to a kink that its rounding decides
  for (int k = 0; k < 150; ++k) {
    const Problem problem = random_problem(random, GetParam(), CLN_STORAGE_FLOAT32);
    check(devices, "generic", problem, bounds_of(problem));
    if (HasFailure()) return;
  }
}

TEST_P(GenericRecurrent, RandomLayersInBfloat16_MatchReference) {
  const Devices devices;
  Random random(2026);
  for (int k = 0; k < 60; ++k) {
    const Problem problem = random_problem(random, GetParam(), CLN_STORAGE_BFLOAT16);
    check(devices, "generic", problem, bounds_of(problem));
    if (HasFailure()) return;
  }
}

// Work that is cut over the threads, and more steps than one window of kernel gradients holds.
TEST_P(GenericRecurrent, SplitWork_MatchesReference) {
  const Devices devices;
  Random random(17);
  for (const cln_normalization normalization : {CLN_NORMALIZATION_NONE, CLN_NORMALIZATION_LAYER}) {
    RecurrentDesc desc;
    desc.cell = GetParam();
    desc.input_channels = 6;
    desc.hidden_channels = 12;
    desc.mask = CLN_MASK_REPEAT;
    desc.input_dropout = desc.recurrent_dropout = 0.25f;
    desc.normalization = normalization;
    Problem problem = make_problem(random, desc, {2, {20, 18}}, 7, true);
    add_mask(problem, random);
    problem.dropout = {true, 5};
    check(devices, "generic", problem, bounds_of(problem));
  }
}

// Calls that differ in what they drop, mask and keep leave nothing behind for the next; memory is taken once.
TEST_P(GenericRecurrent, OneExecutorManyCalls_SameBitsAsNewOnes) {
  Random random(18);
  cpu::CpuDevice device{ThreadPool(2), *cpu::available_kernels().front()};
  RecurrentDesc desc;
  desc.cell = GetParam();
  desc.input_channels = 2;
  desc.hidden_channels = 5;
  desc.mask = CLN_MASK_ZERO;
  desc.input_dropout = desc.recurrent_dropout = 0.25f;
  desc.normalization = CLN_NORMALIZATION_LAYER;
  Problem plain = make_problem(random, desc, {2, {6, 7}}, 4, true), masked = plain;
  plain.states_in_place = masked.states_in_place = false;
  add_mask(masked, random);
  masked.dropout = {true, 5};
  limit_input(masked, {1, 3});
  const Outcome new_plain = train(device, "generic", plain), new_masked = train(device, "generic", masked);
  const auto executor = make_executor(device, "generic", plain);
  std::size_t workspace = 0;
  for (int k = 0; k < 3; ++k) {
    EXPECT_TRUE(same_bits(train(*executor, masked), new_masked)) << k;
    EXPECT_TRUE(same_bits(infer(*executor, plain).y, new_plain.y)) << k;
    EXPECT_TRUE(same_bits(train(*executor, plain), new_plain)) << k;
    if (k > 0) {
      EXPECT_EQ(executor->workspace_bytes(), workspace) << k;
    }
    workspace = executor->workspace_bytes();
  }
}

}  // namespace
}  // namespace convlstm::test
