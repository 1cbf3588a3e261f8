// Winograd's kernels against the reference, on every instruction set of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "backend/cpu/executors.h"
#include "backend/cpu/winograd_fused.h"
#include "support/agreement.h"

namespace convlstm::test {
namespace {

constexpr const char* kName = "winograd_fused";

void check_inference(const Devices& devices, const Problem& problem, double bound) {
  SCOPED_TRACE(describe(problem));
  const Outcome expected = infer(*devices.all.front(), "reference", problem);
  for (std::size_t d = 0; d < devices.all.size(); d += Devices::kThreadCounts) {
    SCOPED_TRACE(devices.all[d]->kernels.name);
    const Outcome one = infer(*devices.all[d], kName, problem);
    EXPECT_LT(relative_error(one.y, expected.y), bound);
    for (std::size_t part = 0; part < kMaxStateParts; ++part)
      EXPECT_LT(relative_error(one.final[part], expected.final[part]), bound) << "state " << part;
    for (std::size_t more = 1; more < Devices::kThreadCounts; ++more)
      EXPECT_TRUE(same_bits(infer(*devices.all[d + more], kName, problem), one)) << more + 1 << " threads";
    if (testing::Test::HasFailure()) return;
  }
}

Problem random_problem(Random& random) {
  RecurrentDesc desc;
  desc.output = random.below(4) ? CLN_OUTPUT_SEQUENCE : CLN_OUTPUT_LAST;
  desc.peephole = random.below(2) ? CLN_PEEPHOLE_PER_CHANNEL : CLN_PEEPHOLE_NONE;
  desc.bias = static_cast<cln_bias>(random.below(3));
  desc.gate_activation = static_cast<cln_gate_activation>(random.below(3));
  desc.cell_activation = static_cast<cln_cell_activation>(random.below(4));
  desc.cell_clip = random.below(3) ? 0.0f : random.uniform(0.1f, 1.0f);
  desc.forget_bias = random.below(2) ? 1.0f : 0.0f;
  desc.mask = static_cast<cln_mask>(random.below(3));
  desc.input_channels = pick(random, {0, 1, 2, 3, 5, 15, 17});
  desc.hidden_channels = pick(random, {1, 3, 8, 10, 16, 17, 33});
  const std::int64_t taps = pick(random, {3, 5});
  desc.recurrent_kernel = {taps, taps};
  desc.input.kernel = {pick(random, {1, 3, taps}), pick(random, {1, 3, taps})};
  desc.input.padding = random.below(2) ? CLN_PADDING_SAME_TENSORFLOW : CLN_PADDING_SAME_PYTORCH;
  const InputShape shape{pick(random, {1, 1, 2, 3}),
                         {pick(random, {1, 2, 5, 8, 13}), pick(random, {1, 3, 6, 9, 16})}};
  const std::int64_t steps = pick(random, {1, 2, 3, 4});
  Problem problem = make_problem(random, desc, shape, steps, random.below(3) != 0,
                                 static_cast<cln_layout>(random.below(4)));
  problem.reverse = random.below(3) == 0;
  if (random.below(3) == 0) limit_input(problem, {0, static_cast<std::int64_t>(random.below(2))});
  if (desc.mask != CLN_MASK_NONE && random.below(4)) add_mask(problem, random);
  problem.want_final = random.below(5) != 0;
  problem.states_in_place = random.below(2) != 0;
  return problem;
}

TEST(WinogradFused, RandomLayers_MatchReference) {
  const Devices devices;
  Random random(501);
  for (int k = 0; k < 150; ++k) {
    check_inference(devices, random_problem(random),
                    4e-5);  // of clipped states, which are small beside the sums
    if (HasFailure()) return;
  }
}

// Whatever x is in masked steps, nothing of it reaches outputs or gradients.
TEST(WinogradFused, NotANumberInMaskedSteps_ChangesNothing) {
  const Devices devices;
  Random random(511);
  RecurrentDesc desc;
  desc.mask = CLN_MASK_REPEAT;
  desc.input_channels = 2;
  desc.hidden_channels = 17;
  desc.input.kernel = desc.recurrent_kernel = {3, 3};
  constexpr std::int64_t kBatch = 3, kSteps = 5, kImage = 2 * 9 * 10;
  for (const char* tiling : {"winograd_fused:4x4,folded", "winograd_fused:2x2,hoisted"}) {
    Problem problem = make_problem(random, desc, {kBatch, {9, 10}}, kSteps, true);
    add_mask(problem, random);
    Problem other = problem;
    for (std::int64_t t = 0; t < kSteps; ++t)
      for (std::int64_t n = 0; n < kBatch; ++n)
        if (problem.active[static_cast<std::size_t>(t * kBatch + n)] == 0)
          std::fill_n(other.x.begin() + (n * kSteps + t) * kImage, kImage, std::nanf(""));
    EXPECT_FALSE(same_bits(other.x, problem.x));
    EXPECT_TRUE(
        same_bits(train(*devices.all.back(), tiling, other), train(*devices.all.back(), tiling, problem)));
  }
}

RecurrentDesc square_layer(std::int64_t inputs, std::int64_t hidden, std::int64_t taps) {
  RecurrentDesc desc;
  desc.input_channels = inputs;
  desc.hidden_channels = hidden;
  desc.input.kernel = desc.recurrent_kernel = {taps, taps};
  return desc;
}

// Both ways of sharing the work among threads, and more tiles than are worked on at once.
TEST(WinogradFused, FewTilesAndMany_MatchReference) {
  const Devices devices;
  Random random(502);
  check_inference(devices, make_problem(random, square_layer(2, 48, 3), {1, {8, 8}}, 2, true), 1e-5);
  check_inference(devices, make_problem(random, square_layer(4, 40, 5), {2, {26, 31}}, 2, true), 1e-5);
  check_inference(devices, make_problem(random, square_layer(1, 24, 3), {1, {50, 61}}, 2, true), 1e-5);
  for (const std::int64_t inputs : {0, 4, 20}) {
    Problem problem = make_problem(random, square_layer(inputs, 24, 3), {2, {37, 66}}, 1, true);
    for (const bool in_place : {false, true}) {
      problem.states_in_place = in_place;
      check_inference(devices, problem, 1e-5);
    }
  }
}

// States that no cache holds are written past the caches. The direct kernels, which have been proven, stand
// in for the reference, which would take minutes.
TEST(WinogradFused, StatesOfManyMegabytes_MatchTheDirectKernels) {
  const Devices devices;
  cpu::CpuDevice& device = *devices.all[Devices::kThreadCounts - 1];
  Random random(510);
  for (const auto& [steps, inputs, in_place] : {std::tuple{1, 2, true}, {1, 18, false}, {3, 2, false}}) {
    const RecurrentDesc desc = square_layer(inputs, 44, 3);
    const InputShape shape{2, {172, 144}};
    ASSERT_TRUE(cpu::plan_winograd(desc, shape, device.kernels.lanes).has_far_states());
    Problem problem = make_problem(random, desc, shape, steps, true);
    problem.states_in_place = in_place;
    const Outcome expected = infer(device, "direct_fused", problem), outcome = infer(device, kName, problem);
    EXPECT_LT(relative_error(outcome.y, expected.y), 1e-5);
    for (std::size_t part = 0; part < 2; ++part)
      EXPECT_LT(relative_error(outcome.final[part], expected.final[part]), 1e-5) << "state " << part;
  }
}

TEST(WinogradFused, TrainingOfStatesOfManyMegabytes_MatchesTheDirectKernels) {
  const Devices devices;
  Random random(512);
  const RecurrentDesc desc = square_layer(2, 41, 3);
  const InputShape shape{2, {172, 144}};
  const Problem problem = make_problem(random, desc, shape, 2, true);
  for (std::size_t d = Devices::kThreadCounts - 1; d < devices.all.size(); d += Devices::kThreadCounts) {
    cpu::CpuDevice& device = *devices.all[d];
    SCOPED_TRACE(device.kernels.name);
    ASSERT_TRUE(cpu::plan_winograd(desc, shape, device.kernels.lanes).has_far_states());
    const Outcome expected = train(device, "direct_fused", problem), outcome = train(device, kName, problem);
    EXPECT_LT(relative_error(outcome.y, expected.y), 1e-5);
    EXPECT_LT(relative_error(outcome.dx, expected.dx), 4e-5);
    for (std::size_t part = 0; part < 2; ++part) {
      EXPECT_LT(relative_error(outcome.final[part], expected.final[part]), 1e-5) << "state " << part;
      EXPECT_LT(relative_error(outcome.dinitial[part], expected.dinitial[part]), 4e-5) << "state " << part;
    }
    for (const auto place : {kInputKernel, kRecurrentKernel, kGateBias})
      EXPECT_LT(relative_error(outcome.gradients[place], expected.gradients[place]), 1e-4) << place;
  }
}

TEST(WinogradFused, TwentySteps_StayWithinOneHundredThousandth) {
  const Devices devices;
  Random random(503);
  for (const std::int64_t taps : {3, 5})
    check_inference(devices, make_problem(random, square_layer(2, 32, taps), {1, {12, 12}}, 20, true), 1e-5);
}

// Gradients sum the errors of both transforms over all tiles and steps: the bound of the outputs of clipped
// states and of 5x5 kernels, whose transforms round more.
constexpr Bounds kBounds{4e-5, 4e-5};

TEST(WinogradFused, RandomTraining_MatchesReference) {
  const Devices devices;
  Random random(505);
  for (int k = 0; k < 150; ++k) {
    Problem problem = random_problem(random);
    problem.want_dinitial = random.below(5) != 0;
    problem.want_dx = random.below(4) != 0;
    if (random.below(5) == 0) problem.dy.clear();
    if (random.below(4) == 0) problem.dfinal[random.below(2)].clear();
    check(devices, kName, problem, kBounds);
    if (HasFailure()) return;
  }
}

// More tiles than the weight gradient takes at once, windows of several steps, and one of many products.
TEST(WinogradFused, TrainingOfFewTilesAndMany_MatchesReference) {
  const Devices devices;
  Random random(506);
  check(devices, kName, make_problem(random, square_layer(2, 48, 3), {1, {8, 8}}, 2, true), kBounds);
  check(devices, kName, make_problem(random, square_layer(4, 40, 5), {2, {26, 31}}, 2, true), kBounds);
  check(devices, kName, make_problem(random, square_layer(1, 24, 3), {1, {50, 61}}, 2, true), kBounds);
  check(devices, kName, make_problem(random, square_layer(20, 17, 3), {1, {16, 16}}, 12, true), kBounds);
}

// Weights enough and tiles few enough that the plan takes the input's products out of the steps. Several
// windows of them, steps without input at both ends, an order backwards in time.
Problem hoisted_problem(Random& random) {
  Problem problem = make_problem(random, square_layer(70, 65, 5), {2, {13, 9}}, 9, true);
  problem.reverse = true;
  limit_input(problem, {1, 8});
  return problem;
}

TEST(WinogradFused, HoistedInput_MatchesReference) {
  const Devices devices;
  Random random(507);
  const Problem problem = hoisted_problem(random);
  for (const int lanes : {4, 8, 16}) {
    const auto plan = cpu::plan_winograd(std::get<RecurrentDesc>(problem.desc), problem.shape, lanes);
    EXPECT_TRUE(plan.hoists_input) << lanes << " lanes";
    EXPECT_LT(plan.hoisted_steps(), 7) << lanes << " lanes";
  }
  check_inference(devices, problem, 1e-5);
  check(devices, kName, problem, kBounds);
}

TEST(WinogradFused, TilingsByName_MatchReference) {
  const Devices devices;
  Random random(509);
  for (const std::int64_t inputs : {0, 3}) {
    RecurrentDesc desc = square_layer(inputs, 20, 3);
    for (const std::string& tiling : cpu::winograd_tilings(desc)) {
      SCOPED_TRACE(tiling);
      const std::string name = std::string(kName) + ':' + tiling;
      check(devices, name, make_problem(random, desc, {2, {7, 9}}, 3, true), kBounds);
      const auto executor = cpu::make_executor(*devices.all.back(), desc, {1, {6, 6}}, CLN_POLICY_FAST, name);
      EXPECT_EQ(executor->plan(1).algorithm, "Winograd F(" + tiling.substr(0, 3) + ", 3x3)");
      if (inputs > 0) {
        EXPECT_EQ(executor->plan(1).input, tiling.substr(4));
      }
    }
  }
}

// Sizes of one layer that hoist and that do not share its packed weights.
TEST(WinogradFused, HoistedAndFolded_OfOneLayer_DoNotMixTheirWeights) {
  const Devices devices;
  cpu::CpuDevice& device = *devices.all.front();
  Random random(508);
  const RecurrentDesc desc = square_layer(70, 65, 5);
  const Problem few = make_problem(random, desc, {1, {9, 9}}, 2, true);
  Problem many = make_problem(random, desc, {1, {36, 36}}, 2, true);
  many.parameters = few.parameters;
  const int lanes = device.kernels.lanes;
  ASSERT_TRUE(cpu::plan_winograd(desc, few.shape, lanes).hoists_input);
  ASSERT_FALSE(cpu::plan_winograd(desc, many.shape, lanes).hoists_input);
  PackedCache packed;
  const Outcome first = train(device, kName, few, 0, &packed);
  EXPECT_TRUE(same_bits(train(device, kName, many, 0, &packed), train(device, kName, many)));
  EXPECT_TRUE(same_bits(train(device, kName, few, 0, &packed), first));
}

TEST(WinogradFused, Plan_HoistsTheInputOfManyWeightsAndFewTiles) {
  const auto hoists = [](const RecurrentDesc& desc, std::int64_t size) {
    return cpu::plan_winograd(desc, {1, {size, size}}, 16).hoists_input;
  };
  EXPECT_TRUE(hoists(square_layer(128, 128, 5), 16));
  EXPECT_FALSE(hoists(square_layer(1, 128, 5), 16));  // few weights of the input
  EXPECT_FALSE(hoists(square_layer(64, 64, 3), 64));  // many tiles
  EXPECT_FALSE(hoists(square_layer(32, 32, 3), 8));   // weights that stay in the cache
}

TEST(WinogradFused, Suits_WhereItSavesEnough) {
  const auto suits = [](std::int64_t hidden, std::int64_t taps, std::int64_t height, std::int64_t width) {
    return cpu::suits_winograd_fused(square_layer(3, hidden, taps), {1, {height, width}});
  };
  EXPECT_TRUE(suits(64, 3, 64, 64));
  EXPECT_TRUE(suits(128, 5, 16, 16));
  EXPECT_TRUE(suits(16, 3, 8, 8));
  EXPECT_TRUE(suits(24, 3, 32, 32));
  EXPECT_FALSE(suits(10, 3, 32, 32));  // fewer channels than lanes
  EXPECT_FALSE(suits(17, 3, 32, 32));  // half of the lanes empty
  EXPECT_FALSE(suits(64, 3, 6, 6));    // tiles that stand out of the image
  EXPECT_FALSE(suits(64, 5, 6, 6));
}

TEST(WinogradFused, Supports_WhatItsTilesCanDo) {
  const auto supports = [](const auto& change) {
    RecurrentDesc desc = square_layer(2, 16, 3);
    change(desc);
    return cpu::supports_winograd_fused(desc, InputShape{});
  };
  EXPECT_TRUE(supports([](auto&) {}));
  EXPECT_TRUE(supports([](auto& d) { d.input.kernel = {1, 3}; }));
  EXPECT_TRUE(supports([](auto& d) { d.mask = CLN_MASK_ZERO; }));
  EXPECT_FALSE(supports([](auto& d) { d.recurrent_dropout = 0.5f; }));
  EXPECT_FALSE(supports([](auto& d) { d.peephole = CLN_PEEPHOLE_PER_PIXEL; }));
  EXPECT_TRUE(supports([](auto& d) { d.recurrent_kernel = {5, 5}; }));
  EXPECT_FALSE(supports([](auto& d) { d.recurrent_kernel = {3, 5}; }));
  EXPECT_FALSE(supports([](auto& d) { d.recurrent_kernel = {3, 3, 3}; }));
  EXPECT_FALSE(supports([](auto& d) { d.input.kernel = {5, 5}; }));
  EXPECT_FALSE(supports([](auto& d) { d.input.kernel = {2, 3}; }));
  EXPECT_FALSE(supports([](auto& d) { d.input.stride = {2, 1}; }));
  EXPECT_FALSE(supports([](auto& d) { d.input.padding = CLN_PADDING_VALID; }));
  EXPECT_FALSE(supports([](auto& d) { d.recurrent_dilation = {2, 2}; }));
  EXPECT_FALSE(supports([](auto& d) { d.storage = CLN_STORAGE_BFLOAT16; }));
  EXPECT_FALSE(supports([](auto& d) { d.cell = CLN_CELL_CONV_GRU; }));
}

TEST(WinogradFused, Refusals_SayWhy) {
  const auto why_not = [](const auto& change) {
    RecurrentDesc desc = square_layer(2, 16, 3);
    change(desc);
    return cpu::supports_winograd_fused(desc, InputShape{}).why_not;
  };
  EXPECT_EQ(why_not([](auto&) {}), "");
  EXPECT_EQ(why_not([](auto& d) { d.normalization = CLN_NORMALIZATION_GROUP; }), "normalization");
  EXPECT_EQ(why_not([](auto& d) {
              d.recurrent_kernel = {7, 5};
            }),
            "recurrent kernel 7x5: tiles exist for 3x3 and 5x5");
  EXPECT_EQ(why_not([](auto& d) {
              d.recurrent_kernel = {3, 3, 5};
            }),
            "recurrent kernel 5x3x3: tiles exist for 3x3 and 5x5");
  EXPECT_EQ(cpu::supports_winograd_fused(square_layer(2, 16, 3), {1, {8, 8, 2}}).why_not, "volumes");
  EXPECT_EQ(cpu::suits_winograd_fused(square_layer(3, 10, 3), {1, {32, 32}}).why_not,
            "10 hidden channels: fewer than 16");
  EXPECT_EQ(cpu::suits_winograd_fused(square_layer(3, 64, 3), {1, {6, 6}}).why_not,
            "saves a factor of 2.25 of the multiplications, pays from 2.70");
}

}  // namespace
}  // namespace convlstm::test
