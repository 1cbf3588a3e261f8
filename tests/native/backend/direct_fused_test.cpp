// The fused executor against the reference, on every instruction set of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "support/agreement.h"
#include "support/random_shapes.h"

namespace convlstm::test {
namespace {

constexpr Bounds kHalfBounds{1e-2, 2e-2};

// In bfloat16, kinks of a function are left out: rounded the other way, a number may move a sum across.
Problem random_recurrent(Random& random, cln_storage storage = CLN_STORAGE_FLOAT32) {
  const bool is_half = storage == CLN_STORAGE_BFLOAT16;
  RecurrentDesc desc;
  desc.storage = storage;
  const auto layout = static_cast<cln_layout>(random.below(4));
  desc.output = random.below(4) ? CLN_OUTPUT_SEQUENCE : CLN_OUTPUT_LAST;
  desc.peephole = random.below(2) ? CLN_PEEPHOLE_PER_CHANNEL : CLN_PEEPHOLE_NONE;
  desc.bias = static_cast<cln_bias>(random.below(3));
  desc.gate_activation = static_cast<cln_gate_activation>(random.below(cpu::kGateActivations));
  desc.cell_activation = static_cast<cln_cell_activation>(random.below(cpu::kCellActivations));
  desc.cell_clip = random.below(3) ? 0.0f : random.uniform(0.1f, 1.0f);
  desc.forget_bias = random.below(2) ? 1.0f : 0.0f;
  desc.mask = static_cast<cln_mask>(random.below(3));
  desc.input_channels = pick(random, {0, 1, 2, 3, 5, 9});
  desc.hidden_channels = pick(random, {1, 2, 3, 5, 7, 8, 10, 17});
  if (is_half) {
    desc.gate_activation = CLN_GATE_ACTIVATION_SIGMOID;
    desc.cell_activation = random.below(2) ? CLN_CELL_ACTIVATION_TANH : CLN_CELL_ACTIVATION_SIGMOID;
    desc.cell_clip = 0;
  }
  const int rank = 1 + static_cast<int>(random.below(3));
  const InputShape shape{pick(random, {1, 1, 2, 3}),
                         rank == 3 ? random_size(random, rank, {1, 2, 3, 4, 5})
                                   : random_size(random, rank, {1, 2, 3, 7, 8, 16, 19})};
  desc.input = random_convolution(random, rank, shape.size);
  desc.recurrent_kernel = random_size(random, rank, {1, 2, 3, 3, 4, 5});
  desc.recurrent_dilation = random_size(random, rank, {1, 1, 1, 2, 3});
  const std::int64_t steps = pick(random, {1, 2, 3, 5});
  Problem problem = make_problem(random, desc, shape, steps, random.below(3) != 0, layout);
  problem.reverse = random.below(3) == 0;
  if (random.below(3) == 0) {
    const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(steps)));
    limit_input(problem, {begin, std::min(steps, begin + pick(random, {0, 1, 2}))});
    if (problem.input.begin == problem.input.end && random.below(2)) problem.x.clear();
  }
  if (desc.mask != CLN_MASK_NONE && random.below(4)) add_mask(problem, random);
  problem.want_final = random.below(5) != 0;
  problem.want_dinitial = random.below(5) != 0;
  problem.want_dx = random.below(4) != 0;
  problem.states_in_place = random.below(2) != 0;
  if (random.below(6) == 0 && !problem.dfinal[kHidden].empty()) problem.dy.clear();
  return problem;
}

RecurrentDesc square_layer(std::int64_t inputs, std::int64_t hidden, std::int64_t kernel) {
  RecurrentDesc desc;
  desc.input_channels = inputs;
  desc.hidden_channels = hidden;
  desc.input.kernel = desc.recurrent_kernel = {kernel, kernel};
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  return desc;
}

TEST(DirectFused, RandomRecurrentLayers_MatchReference) {
  const Devices devices;
  Random random(2024);
  for (int k = 0; k < 300; ++k) {
    check(devices, "direct_fused", random_recurrent(random));
    if (HasFailure()) return;
  }
}

TEST(DirectFused, RandomRecurrentLayersInBfloat16_MatchReference) {
  const Devices devices;
  Random random(2025);
  for (int k = 0; k < 200; ++k) {
    check(devices, "direct_fused", random_recurrent(random, CLN_STORAGE_BFLOAT16), kHalfBounds);
    if (HasFailure()) return;
  }
}

// Every kernel of the gates, with and without peepholes, in every layout, with every bias. Inputs are strong,
// so that hard gates are cut off and cell states clipped in some places and not in others.
TEST(DirectFused, EveryCell_MatchesReference) {
  const Devices devices;
  Random random(31);
  int k = 0;
  for (int gate = 0; gate < cpu::kGateActivations; ++gate)
    for (int cell = 0; cell < cpu::kCellActivations; ++cell)
      for (const float clip : {0.0f, 0.3f, 1.5f}) {
        RecurrentDesc desc;
        desc.gate_activation = static_cast<cln_gate_activation>(gate);
        desc.cell_activation = static_cast<cln_cell_activation>(cell);
        desc.cell_clip = clip;
        desc.bias = static_cast<cln_bias>(k % 3);
        desc.peephole = k % 2 ? CLN_PEEPHOLE_PER_CHANNEL : CLN_PEEPHOLE_NONE;
        desc.output = k % 5 ? CLN_OUTPUT_SEQUENCE : CLN_OUTPUT_LAST;
        desc.input_channels = 3;
        desc.hidden_channels = 7;
        Problem problem =
            make_problem(random, desc, {2, {4, 9}}, 4, k % 2 == 0, static_cast<cln_layout>(k % 4));
        for (float& x : problem.x) x *= 3.0f;
        check(devices, "direct_fused", problem);
        if (HasFailure()) return;
        ++k;
      }
}

TEST(DirectFused, ChannelsLast_GivesTheSameBitsAsChannelsFirst) {
  Random random(32);
  const auto kernels = cpu::available_kernels();
  cpu::CpuDevice device{ThreadPool(2), *kernels.front()};
  const RecurrentDesc desc = square_layer(3, 5, 3);
  const Problem first = make_problem(random, desc, {2, {4, 9}}, 3, true, CLN_LAYOUT_TNCHW);
  Problem last = first;
  last.layout = CLN_LAYOUT_TNHWC;
  const auto transpose = [](const Floats& from, std::int64_t rows, std::int64_t columns) {
    Floats to(from.size());
    for (std::int64_t k = 0; k < static_cast<std::int64_t>(from.size()); ++k) {
      const std::int64_t image = k / (rows * columns), row = k / columns % rows, column = k % columns;
      to[at(image * rows * columns + column * rows + row)] = from[at(k)];
    }
    return to;
  };
  last.x = transpose(first.x, 3, 36);
  last.dy = transpose(first.dy, 5, 36);
  const Outcome expected = train(device, "direct_fused", first), actual = train(device, "direct_fused", last);
  EXPECT_TRUE(same_bits(transpose(actual.y, 36, 5), expected.y));
  EXPECT_TRUE(same_bits(transpose(actual.dx, 36, 3), expected.dx));
  EXPECT_TRUE(same_bits(actual.final, expected.final) && same_bits(actual.dinitial, expected.dinitial));
}

// Whatever x is in masked steps, nothing of it reaches outputs or gradients.
TEST(DirectFused, NotANumberInMaskedSteps_ChangesNothing) {
  const Devices devices;
  Random random(33);
  constexpr std::int64_t kBatch = 3, kSteps = 5, kImage = 3 * 9 * 10;
  for (const cln_storage storage : {CLN_STORAGE_FLOAT32, CLN_STORAGE_BFLOAT16}) {
    RecurrentDesc desc = square_layer(3, 7, 3);
    desc.storage = storage;
    desc.mask = CLN_MASK_REPEAT;
    Problem problem = make_problem(random, desc, {kBatch, {9, 10}}, kSteps, true);
    add_mask(problem, random);
    Problem other = problem;
    for (std::int64_t t = 0; t < kSteps; ++t)
      for (std::int64_t n = 0; n < kBatch; ++n)
        if (problem.active[at(t * kBatch + n)] == 0)
          std::fill_n(other.x.begin() + (n * kSteps + t) * kImage, kImage, std::nanf(""));
    EXPECT_FALSE(same_bits(other.x, problem.x));
    for (const auto& device : devices.all)
      EXPECT_TRUE(same_bits(train(*device, "direct_fused", other), train(*device, "direct_fused", problem)));
  }
}

// A state that passes through masked steps keeps its bits, in bfloat16 storage too.
TEST(DirectFused, RepeatedOutputs_AreThoseOfTheStepBefore) {
  const Devices devices;
  Random random(34);
  for (const cln_storage storage : {CLN_STORAGE_FLOAT32, CLN_STORAGE_BFLOAT16}) {
    RecurrentDesc desc = square_layer(2, 5, 3);
    desc.storage = storage;
    desc.mask = CLN_MASK_REPEAT;
    Problem problem = make_problem(random, desc, {1, {6, 7}}, 4, true, CLN_LAYOUT_TNCHW);
    problem.active = {1, 1, 0, 0};
    problem.emits = {1, 1, 1, 1};
    const std::int64_t image = 5 * 42;
    for (const auto& device : devices.all) {
      const Outcome outcome = infer(*device, "direct_fused", problem);
      const auto y = [&](std::int64_t t) {
        return Floats(outcome.y.begin() + t * image, outcome.y.begin() + (t + 1) * image);
      };
      EXPECT_TRUE(same_bits(y(2), y(1)) && same_bits(y(3), y(1)) && same_bits(outcome.final[kHidden], y(1)));
      EXPECT_FALSE(same_bits(y(0), y(1)));
    }
  }
}

// Sequences of different lengths, whose images share vectors of a tile, on several threads.
TEST(DirectFused, MaskedBatches_MatchReference) {
  const Devices devices;
  Random random(35);
  for (const Size3& size : {Size3{1, 1}, Size3{5, 7}, Size3{16, 19}})
    for (const cln_mask mask : {CLN_MASK_REPEAT, CLN_MASK_ZERO}) {
      RecurrentDesc desc = square_layer(3, 19, 3);
      desc.mask = mask;
      desc.input.stride = {1, 2};
      desc.recurrent_dilation = {2, 1};
      Problem problem = make_problem(random, desc, {4, size}, 5, true);
      add_mask(problem, random);
      check(devices, "direct_fused", problem);
      std::get<RecurrentDesc>(problem.desc).storage = CLN_STORAGE_BFLOAT16;
      check(devices, "direct_fused", problem, kHalfBounds);
    }
}

// Calls with and without a mask leave nothing behind for the next.
TEST(DirectFused, SameExecutorWithAndWithoutMask_GivesWhatANewOneGives) {
  const auto kernels = cpu::available_kernels();
  cpu::CpuDevice device{ThreadPool(2), *kernels.front()};
  Random random(36);
  for (const cln_storage storage : {CLN_STORAGE_FLOAT32, CLN_STORAGE_BFLOAT16}) {
    RecurrentDesc desc = square_layer(2, 5, 3);
    desc.storage = storage;
    desc.mask = CLN_MASK_ZERO;
    Problem plain = make_problem(random, desc, {2, {6, 7}}, 4, true), masked = plain;
    plain.states_in_place = masked.states_in_place = false;
    add_mask(masked, random);
    const auto executor = make_executor(device, "direct_fused", plain);
    const Outcome new_plain = train(device, "direct_fused", plain);
    const Outcome new_masked = train(device, "direct_fused", masked);
    for (int k = 0; k < 2; ++k) {
      EXPECT_TRUE(same_bits(train(*executor, masked), new_masked)) << k;
      EXPECT_TRUE(same_bits(train(*executor, plain), new_plain)) << k;
    }
  }
}

TEST(DirectFused, SplitWork_MatchesReference) {
  const Devices devices;
  Random random(5);
  check(devices, "direct_fused", make_problem(random, square_layer(4, 16, 3), {2, {24, 33}}, 3, true));
  check(devices, "direct_fused", make_problem(random, square_layer(16, 24, 5), {1, {9, 16}}, 4, true));
  for (const std::int64_t hidden : {16, 19}) {
    RecurrentDesc desc = square_layer(5, hidden, 3);
    desc.storage = CLN_STORAGE_BFLOAT16;
    check(devices, "direct_fused", make_problem(random, desc, {2, {12, 35}}, 4, true), kHalfBounds);
  }
}

TEST(DirectFused, KernelsLargerThanTheImage_MatchReference) {
  const Devices devices;
  Random random(6);
  check(devices, "direct_fused", make_problem(random, square_layer(2, 3, 63), {1, {2, 3}}, 2, true));
  check(devices, "direct_fused", make_problem(random, square_layer(1, 2, 10), {2, {1, 1}}, 3, true));
}

// Which elements see the image, and which phase of it, differs between these sizes.
TEST(DirectFused, OneLayerAtManySizes_SharesItsPackedForms) {
  Random random(7);
  const auto kernels = cpu::available_kernels();
  cpu::CpuDevice device{ThreadPool(1), *kernels.front()};
  RecurrentDesc desc = square_layer(2, 3, 5);
  desc.input.stride = {2, 2};
  PackedCache packed;
  for (const Size3& size : {Size3{9, 9}, Size3{4, 5}, Size3{1, 1}, Size3{5, 2}, Size3{8, 9}, Size3{9, 9}}) {
    Random same(3);
    Problem problem = make_problem(random, desc, {1, size}, 2, true);
    for (Floats& parameter : problem.parameters)
      for (float& value : parameter) value = same.uniform(-0.3f, 0.3f);
    EXPECT_TRUE(same_bits(train(device, "direct_fused", problem, 0.0f, &packed),
                          train(device, "direct_fused", problem)));
  }
}

TEST(DirectFused, KernelsThatReachFarBeyondAVolume_MatchReference) {
  const Devices devices;
  Random random(11);
  RecurrentDesc desc;
  desc.input_channels = 2;
  desc.hidden_channels = 3;
  desc.input.kernel = {5, 6, 3};
  desc.input.dilation = {63, 1, 2};
  desc.recurrent_kernel = {3, 7, 9};
  desc.recurrent_dilation = {1, 40, 63};
  check(devices, "direct_fused", make_problem(random, desc, {2, {3, 4, 2}}, 3, true));
}

TEST(DirectFused, TwentySteps_StayWithinOneHundredThousandth) {
  Random random(8);
  const Problem problem = make_problem(random, square_layer(2, 32, 5), {1, {12, 12}}, 20, true);
  const Devices devices;
  const Outcome expected = infer(*devices.all.front(), "reference", problem);
  for (const auto& device : devices.all) {
    const Outcome actual = infer(*device, "direct_fused", problem);
    EXPECT_LT(relative_error(actual.y, expected.y), 1e-5) << device->kernels.name;
    EXPECT_LT(relative_error(actual.final[kCell], expected.final[kCell]), 1e-5) << device->kernels.name;
  }
}

TEST(DirectFused, TwentyStepsInBfloat16_StayWithinTwoHundredths) {
  Random random(8);
  Problem problem = make_problem(random, square_layer(2, 33, 5), {1, {12, 12}}, 20, true);
  const Devices devices;
  const Outcome expected = infer(*devices.all.front(), "reference", problem);  // in doubles
  std::get<RecurrentDesc>(problem.desc).storage = CLN_STORAGE_BFLOAT16;
  for (const auto& device : devices.all) {
    const Outcome actual = infer(*device, "direct_fused", problem);
    EXPECT_LT(relative_error(actual.y, expected.y), 2e-2) << device->kernels.name;
    EXPECT_LT(relative_error(actual.final[kCell], expected.final[kCell]), 2e-2) << device->kernels.name;
    EXPECT_GT(relative_error(actual.y, expected.y), 1e-5) << "kept 32 bits";
  }
}

TEST(DirectFused, WithoutY_GivesTheSameState) {
  Random random(10);
  const auto kernels = cpu::available_kernels();
  cpu::CpuDevice device{ThreadPool(2), *kernels.front()};
  const Problem problem = make_problem(random, square_layer(2, 5, 3), {1, {6, 7}}, 3, false);
  const auto executor = cpu::choose_executor(problem.desc, problem.shape, CLN_POLICY_FAST, "direct_fused")
                            .make(device, problem.desc, problem.shape);
  PackedCache packed;
  ParameterViews parameters;
  for (std::size_t k = 0; k < kMaxParameters; ++k)
    if (!problem.parameters[k].empty()) parameters.data[k] = problem.parameters[k].data();
  parameters.packed = &packed;
  Floats h(at(5 * 42), NAN), c = h;
  float* const final[] = {h.data(), c.data()};
  ForwardCall call;
  call.steps = 3;
  call.input = {0, 3};
  call.x = {problem.x.data(), 2 * 42, 6 * 42};
  call.parameters = {&parameters, 1};
  call.final = final;
  executor->forward(call);
  const Outcome expected = infer(device, "direct_fused", problem);
  EXPECT_TRUE(same_bits(h, expected.final[kHidden]) && same_bits(c, expected.final[kCell]));
}

TEST(DirectFused, SameExecutorTwice_SameBitsAndNewWeightsAreSeen) {
  Random random(9);
  const auto kernels = cpu::available_kernels();
  cpu::CpuDevice device{ThreadPool(2), *kernels.front()};
  const Problem problem = make_problem(random, square_layer(2, 5, 3), {1, {6, 7}}, 3, false);
  const auto executor = cpu::choose_executor(problem.desc, problem.shape, CLN_POLICY_FAST, "direct_fused")
                            .make(device, problem.desc, problem.shape);
  PackedCache packed;
  Floats weights = problem.parameters[kRecurrentKernel];
  const auto run = [&](std::uint64_t version) {
    Floats y(at(3 * 5 * 42), NAN);
    ParameterViews parameters;
    for (std::size_t k = 0; k < kMaxParameters; ++k)
      if (!problem.parameters[k].empty()) parameters.data[k] = problem.parameters[k].data();
    parameters.data[kRecurrentKernel] = weights.data();
    parameters.version = version;
    parameters.packed = &packed;
    ForwardCall call;
    call.steps = 3;
    call.input = {0, 3};
    call.x = {problem.x.data(), 2 * 42, 6 * 42};
    call.parameters = {&parameters, 1};
    call.y = {y.data(), 5 * 42, 15 * 42};
    executor->forward(call);
    return y;
  };
  const Floats first = run(1);
  EXPECT_TRUE(same_bits(run(1), first));
  for (float& weight : weights) weight *= 1.5f;
  EXPECT_FALSE(same_bits(run(2), first));
  EXPECT_GT(executor->workspace_bytes(), 0u);
}

}  // namespace
}  // namespace convlstm::test
