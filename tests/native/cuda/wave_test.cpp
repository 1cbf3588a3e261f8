// Layers in a wave, on the emulated device, against the same kernels layer after layer and the reference in
// double precision.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/emulated_stream.h"
#include "support/outcomes.h"
#include "support/stacks.h"

namespace convlstm::test {
namespace {

class Wave : public testing::Test {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  static std::vector<FusedForm> forms_of(const Stack& stack, std::size_t first) {
    std::vector<FusedForm> forms;
    for (std::size_t l = 0; l < stack.size(); ++l) forms.emplace_back(kCuts[(first + l) % std::size(kCuts)]);
    return forms;
  }
  static StackOutcome infer_apart(const std::shared_ptr<cuda::Device>& device, const Stack& stack,
                                  const std::vector<FusedForm>& forms) {
    return infer_by_layers(stack, [&](const Problem& problem, std::size_t l) {
      OnDevice executor(device,
                        std::make_unique<cuda::Fused>(device, std::get<RecurrentDesc>(problem.desc),
                                                      problem.shape, forms[l]),
                        problem.desc, problem.shape);
      return infer(executor, problem);
    });
  }
  void check(const std::shared_ptr<cuda::Device>& device, const Stack& stack,
             const std::vector<FusedForm>& forms, std::uint64_t seed) {
    SCOPED_TRACE(describe(stack.front()) + ", " + std::to_string(stack.size()) + " layers");
    const StackOutcome apart = infer_apart(device, stack, forms);
    WaveOnDevice wave(device, stack, forms);
    for (std::uint64_t run = 0; run < 4; ++run) {  // from the third on it is replayed
      cuda::emulated::set_branch_order(100 * seed + run);
      EXPECT_TRUE(same_stack_bits(wave.infer(stack), apart)) << "run " << run;
    }
    EXPECT_EQ(wave.wave().recordings().recorded(), 1u);
    EXPECT_EQ(wave.waits(), 0);
    const StackOutcome expected = infer_by_layers(
        stack, [&](const Problem& problem, std::size_t) { return infer(cpu_, "reference", problem); });
    Bounds bounds = bounds_of(stack.front(), device->precision);
    bounds.output *= static_cast<double>(stack.size());  // errors of the lower layers go on
    EXPECT_LT(relative_error(apart.back().y, expected.back().y), bounds.output);
  }
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    const auto device = make_device(precision);
    const bool is_rounded = precision.element != Element::kFloat32 || precision.allows_tf32;
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k) {
      Problem bottom = random_lstm(random, is_rounded ? CLN_STORAGE_BFLOAT16 : CLN_STORAGE_FLOAT32);
      if (random.below(3) != 0) std::get<RecurrentDesc>(bottom.desc).storage = CLN_STORAGE_FLOAT32;
      constexpr std::int64_t kHidden[] = {5, 12, 9};
      const std::vector<std::int64_t> above(kHidden, kHidden + 1 + k % 3);
      const Stack stack = stack_on(bottom, above, random);
      check(device, stack, forms_of(stack, static_cast<std::size_t>(k)),
            seed + static_cast<std::uint64_t>(k));
    }
  }
};

TEST_F(Wave, RandomStacksInBfloat16_AreThoseLayerAfterLayer) {
  check_random(7001, 9, {Element::kBfloat16});
}
TEST_F(Wave, RandomStacksInFloat16_AreThoseLayerAfterLayer) {
  check_random(7002, 4, {Element::kFloat16});
}
TEST_F(Wave, RandomStacksInTf32_AreThoseLayerAfterLayer) {
  check_random(7003, 4, {Element::kFloat32, true});
}
TEST_F(Wave, RandomStacksInThreeTf32_AreThoseLayerAfterLayer) {
  check_random(7004, 6, {});
}

TEST_F(Wave, StepsAndSizesAndMasks_AreThoseLayerAfterLayer) {
  Random random(7005);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const std::int64_t steps : {1, 2, 5, 9})
      for (const InputShape& shape : {InputShape{1, {1, 1}}, InputShape{3, {3, 5}}}) {
        Problem bottom = make_problem(random, layer_of(3, 10), shape, steps, steps != 2);
        if (steps == 5) add_mask(bottom, random);
        if (steps == 9) limit_input(bottom, {0, 4});
        const Stack stack = stack_on(bottom, {7, 10, 9}, random);
        check(device, stack, forms_of(stack, static_cast<std::size_t>(steps)),
              static_cast<std::uint64_t>(steps));
      }
  }
}

TEST_F(Wave, OfWarpgroups_AreThoseLayerAfterLayer) {
  cuda::emulated::set_architecture("sm_90");
  const auto device = make_device({Element::kBfloat16});
  Random random(7006);
  for (const InputShape& shape : {InputShape{2, {1, 1}}, InputShape{2, {9, 7}}}) {
    Problem bottom = make_problem(random, layer_of(3, 20), shape, 4, true);
    add_mask(bottom, random);
    const Stack stack = stack_on(bottom, {9, 12}, random);
    check(device, stack, {cuda::HopperTile::k64By64, cuda::HopperTile::k64By128, FusedCut{}}, 5);
  }
  cuda::emulated::set_architecture("emulated");
}

// In float32 nothing is lost where the state goes to the caller and back.
TEST_F(Wave, StateThatIsCarriedOn_GivesTheBitsOfTheWholeSequence) {
  Random random(7007);
  const auto device = make_device({});
  Problem bottom = make_problem(random, layer_of(2, 9), {1, {6, 5}}, 7, true);
  bottom.states_in_place = false;
  const Stack whole = stack_on(bottom, {9, 4}, random);
  const std::vector<FusedForm> forms = forms_of(whole, 2);
  const StackOutcome expected = WaveOnDevice(device, whole, forms).infer(whole);
  WaveOnDevice wave(device, whole, forms);
  StackOutcome last;
  Floats y;
  for (const StepRange steps : {StepRange{0, 1}, StepRange{1, 5}, StepRange{5, 7}}) {
    Stack part = whole;
    const auto image = static_cast<std::ptrdiff_t>(bottom.x.size()) / bottom.steps;
    for (std::size_t l = 0; l < part.size(); ++l) {
      part[l].steps = steps.end - steps.begin;
      part[l].input = {0, part[l].steps};
      if (!last.empty()) part[l].initial = last[l].final;
    }
    part[0].x.assign(bottom.x.begin() + steps.begin * image, bottom.x.begin() + steps.end * image);
    last = wave.infer(part);
    y.insert(y.end(), last.back().y.begin(), last.back().y.end());
  }
  EXPECT_EQ(y, expected.back().y);
  for (std::size_t l = 0; l < whole.size(); ++l) EXPECT_EQ(last[l].final, expected[l].final) << l;
}

// New numbers in the same places, and new parameters: nothing of the calls before is left.
TEST_F(Wave, ReplayedCalls_ReadWhatIsThereNow) {
  Random random(7008);
  const auto device = make_device({Element::kBfloat16});
  const Problem bottom = make_problem(random, layer_of(3, 10), {2, {6, 7}}, 6, true);
  Stack stack = stack_on(bottom, {10, 10}, random);
  const std::vector<FusedForm> forms = forms_of(stack, 1);
  WaveOnDevice wave(device, stack, forms);
  for (std::uint64_t version = 1; version <= 5; ++version) {
    for (Problem& problem : stack) {
      problem.version = version;
      for (float& value : problem.x) value = random.uniform(-1, 1);
      for (Floats& values : problem.parameters)
        for (float& value : values) value *= 0.9f;
    }
    cuda::emulated::set_branch_order(version);
    EXPECT_TRUE(same_stack_bits(wave.infer(stack), infer_apart(device, stack, forms))) << version;
  }
  EXPECT_EQ(wave.wave().recordings().recorded(), 1u);
}

// x, and memory that is used again, may hold anything where nobody should look.
TEST_F(Wave, LongerAndShorterCalls_InTurns) {
  Random random(7009);
  const auto device = make_device({});
  const Stack longer = stack_on(make_problem(random, layer_of(2, 6), {1, {4, 5}}, 8, true), {6}, random),
              shorter = stack_on(make_problem(random, layer_of(2, 6), {1, {4, 5}}, 1, false), {6}, random);
  const std::vector<FusedForm> forms = forms_of(longer, 1);
  WaveOnDevice wave(device, longer, forms);
  for (int round = 0; round < 3; ++round)
    for (const Stack* stack : {&shorter, &longer}) {
      Stack own = *stack;
      for (std::size_t l = 0; l < own.size(); ++l)
        own[l].version = static_cast<std::uint64_t>(stack->front().steps);
      EXPECT_TRUE(same_stack_bits(wave.infer(own), infer_apart(device, own, forms))) << round;
    }
}

// Of an H200.
class WaveChoiceTest : public testing::Test {
 protected:
  void SetUp() override {
    cuda::emulated::set_multiprocessors(132);
    cuda::emulated::set_architecture("sm_90");
  }
  void TearDown() override {
    cuda::emulated::set_multiprocessors(4);
    cuda::emulated::set_architecture("emulated");
  }
  static std::vector<WaveLayer> layers_of(std::size_t count, std::int64_t inputs, std::int64_t hidden,
                                          std::int64_t kernel, std::int64_t side) {
    std::vector<WaveLayer> layers;
    for (std::size_t l = 0; l < count; ++l) {
      RecurrentDesc desc;
      desc.input_channels = l == 0 ? inputs : hidden;
      desc.hidden_channels = hidden;
      desc.recurrent_kernel = desc.input.kernel = {1, kernel, kernel};
      layers.push_back({desc, {1, {1, side, side}}, ""});
    }
    return layers;
  }
  // By plain products, of which no sequence is one kernel.
  static WaveChoice choose(const std::vector<WaveLayer>& layers) {
    return cuda::choose_fused_wave(make_device({}, true), layers);
  }
};

TEST_F(WaveChoiceTest, LayersThatLeaveMultiprocessorsEmpty_RunInAWave) {
  const WaveChoice choice = choose(layers_of(4, 1, 32, 3, 8));
  ASSERT_NE(choice.wave, nullptr) << choice.why;
  EXPECT_GE(choice.wave->least_steps(), 2);
  EXPECT_LE(choice.wave->least_steps(), 10) << choice.why;
  EXPECT_TRUE(choice.why.starts_with("wave of 4 layers from " + std::to_string(choice.wave->least_steps()) +
                                     " steps on, each on a share of 33 of 132 multiprocessors: "))
      << choice.why;
  EXPECT_NE(choice.why.find("; by the model, not measured, a step of all layers takes "), std::string::npos);
}

TEST_F(WaveChoiceTest, LayersThatFillTheDevice_RunOneByOne) {
  const WaveChoice choice = choose(layers_of(2, 64, 64, 3, 256));
  EXPECT_EQ(choice.wave, nullptr);
  EXPECT_TRUE(
      choice.why.starts_with("layer after layer: by the model, not measured, a step of all layers takes "))
      << choice.why;
}

TEST_F(WaveChoiceTest, LayersThatAreAskedFor_RunAsIsAsked) {
  std::vector<WaveLayer> layers = layers_of(2, 64, 64, 3, 256);
  const auto ask = [&](const std::string& bottom, const std::string& top) {
    layers[0].requested = bottom;
    layers[1].requested = top;
    return choose(layers);
  };
  const WaveChoice wave = ask("fused:64x32,wave", "fused:128x128,wave");
  ASSERT_NE(wave.wave, nullptr);
  EXPECT_EQ(wave.wave->least_steps(), 1);
  EXPECT_EQ(wave.why, "wave of 2 layers, each on a share of 66 of 132 multiprocessors: 64x32; 128x128");
  EXPECT_EQ(ask("fused:64x32", "fused:64x32").why, "layer after layer: a tiling without a wave is asked for");
  EXPECT_EQ(ask("", "cudnn_stepwise").why, "layer after layer: another executor is asked for");
  layers = layers_of(2, 3, 9, 3, 8);
  layers[1].desc.cell = CLN_CELL_CONV_GRU;
  EXPECT_EQ(choose(layers).why, "layer after layer: its cell is not a ConvLSTM");
}

}  // namespace
}  // namespace convlstm::test
