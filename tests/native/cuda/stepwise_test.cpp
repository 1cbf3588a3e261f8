// The stepwise executor on the emulated device against the reference in double precision: every cell and
// every knob.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/stepwise.h"
#include "support/fake_cudnn.h"
#include "support/on_device.h"
#include "support/outcomes.h"
#include "support/random_layers.h"

namespace convlstm::test {
namespace {

using cuda::Element;
using cuda::Precision;

std::shared_ptr<cuda::Device> make_device(const Precision& precision) {
  return std::make_shared<cuda::Device>(0, precision, false, nullptr);
}

OnDevice make_stepwise(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                       const cuda::StepwiseLimits& limits = {}) {
  return {
      device,
      std::make_unique<cuda::Stepwise>(device, std::get<RecurrentDesc>(problem.desc), problem.shape, limits),
      problem.desc, problem.shape};
}

class Stepwise : public testing::TestWithParam<cln_cell> {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  // Training and inference near the reference, and inference the same bits as training.
  void check_one(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                 const cuda::StepwiseLimits& limits = {}) {
    SCOPED_TRACE(describe(problem));
    OnDevice executor = make_stepwise(device, problem, limits);
    const Outcome trained = train(executor, problem, 0.5f);
    expect_near(trained, train(cpu_, "reference", problem, 0.5f), bounds_of(problem, device->precision));
    const Outcome inferred = infer(executor, problem);
    EXPECT_TRUE(same_bits(inferred.y, trained.y) && same_bits(inferred.final, trained.final)) << "inference";
  }
  void check_random(std::uint64_t seed, int count, cln_storage storage, const Precision& precision,
                    const cuda::StepwiseLimits& limits = {}) {
    const auto device = make_device(precision);
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k)
      check_one(device, random_problem(random, GetParam(), storage), limits);
  }
  // Layers that have no kinks, in float32 storage: what is rounded to 16 bits may fall on the other side of a
  // kink.
  void check_smooth(std::uint64_t seed, int count, const Precision& precision) {
    const auto device = make_device(precision);
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k) {
      Problem problem = random_problem(random, GetParam(), CLN_STORAGE_BFLOAT16);
      std::get<RecurrentDesc>(problem.desc).storage = CLN_STORAGE_FLOAT32;
      check_one(device, problem);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Cells, Stepwise,
                         testing::Values(CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                                         CLN_CELL_ST_LSTM));

TEST_P(Stepwise, RandomLayers_MatchReference) {
  check_random(2029, 100, CLN_STORAGE_FLOAT32, {});
}

TEST_P(Stepwise, RandomLayersInBfloat16Storage_MatchReference) {
  check_random(2026, 60, CLN_STORAGE_BFLOAT16, {});
}

TEST_P(Stepwise, RandomLayersInTf32_MatchReference) {
  check_smooth(2031, 30, {Element::kFloat32, true});
}

TEST_P(Stepwise, RandomLayersInBfloat16_MatchReference) {
  check_smooth(2032, 60, {Element::kBfloat16});
}

TEST_P(Stepwise, RandomLayersInFloat16_MatchReference) {
  check_smooth(2033, 60, {Element::kFloat16});
}

// Windows of one step, and of a few.
TEST_P(Stepwise, LittleMemory_MatchesReference) {
  check_random(2034, 40, CLN_STORAGE_FLOAT32, {}, {1, 1});
  check_random(2035, 40, CLN_STORAGE_FLOAT32, {}, {std::size_t{1} << 14, std::size_t{1} << 15});
}

RecurrentDesc layer_of(cln_cell cell) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.input_channels = 2;
  desc.hidden_channels = 5;
  desc.mask = CLN_MASK_ZERO;
  desc.input_dropout = desc.recurrent_dropout = 0.25f;
  desc.normalization = CLN_NORMALIZATION_LAYER;
  return desc;
}

// Calls that differ in what they drop, mask and keep leave nothing behind for the next; from the second one
// of a kind on they are recorded, and give the same bits.
TEST_P(Stepwise, OneExecutorManyCalls_SameBitsAsNewOnes) {
  const auto device = make_device({});
  Random random(18);
  Problem plain = make_problem(random, layer_of(GetParam()), {2, {6, 7}}, 4, true), masked = plain;
  plain.states_in_place = masked.states_in_place = false;
  add_mask(masked, random);
  masked.dropout = {true, 5};
  limit_input(masked, {1, 3});
  const auto fresh = [&](const Problem& problem) {
    OnDevice executor = make_stepwise(device, problem);
    return train(executor, problem);
  };
  Problem reseeded = masked;
  reseeded.dropout.seed = 6;
  const Outcome new_plain = fresh(plain), new_masked = fresh(masked), new_reseeded = fresh(reseeded);
  EXPECT_FALSE(same_bits(new_masked, new_reseeded));
  auto stepwise = std::make_unique<cuda::Stepwise>(device, std::get<RecurrentDesc>(plain.desc), plain.shape);
  const cuda::Recordings& recordings = stepwise->recordings();
  OnDevice executor(device, std::move(stepwise), plain.desc, plain.shape);
  PackedCache packed;
  std::size_t workspace = 0, allocated = 0;
  for (int k = 0; k < 5; ++k) {
    EXPECT_TRUE(same_bits(train(executor, masked, 0, &packed), new_masked)) << k;
    EXPECT_TRUE(same_bits(train(executor, reseeded, 0, &packed), new_reseeded)) << k;
    EXPECT_TRUE(same_bits(train(executor, plain, 0, &packed), new_plain)) << k;
    if (k > 0) {
      EXPECT_EQ(executor.workspace_bytes(), workspace) << k;
    }
    workspace = executor.workspace_bytes();
    allocated = k == 0 ? executor.allocated() : allocated;
  }
  EXPECT_EQ(executor.waits(), 0);
  EXPECT_EQ(executor.allocated(), allocated);
  EXPECT_EQ(recordings.recorded(), 4u);  // forward and backward, masked and plain
}

// The parameters of a recorded sequence may change under it.
TEST_P(Stepwise, RecordedSequence_NewParameters_AreSeen) {
  const auto device = make_device({});
  Random random(19);
  Problem problem = make_problem(random, layer_of(GetParam()), {2, {5, 4}}, 3, true);
  auto stepwise =
      std::make_unique<cuda::Stepwise>(device, std::get<RecurrentDesc>(problem.desc), problem.shape);
  const cuda::Recordings& recordings = stepwise->recordings();
  OnDevice executor(device, std::move(stepwise), problem.desc, problem.shape);
  PackedCache packed;
  for (std::uint64_t version = 1; version <= 4; ++version) {
    for (Floats& values : problem.parameters)
      for (float& value : values) value *= 0.9f;
    problem.version = version;
    OnDevice other = make_stepwise(device, problem);
    EXPECT_TRUE(same_bits(train(executor, problem, 0, &packed), train(other, problem))) << version;
  }
  EXPECT_EQ(recordings.recorded(), 2u);
}

// The engines whose notes say that they are not deterministic give other bits every time here.
class DeterministicMode : public testing::TestWithParam<cln_cell> {
 protected:
  DeterministicMode() {
    cuda::fake::reset();
    for (cuda::fake::Engine& engine : cuda::fake::behaviour().heuristics)
      engine.varies = std::ranges::count(engine.notes, cuda::cudnn::NumericalNote::kNondeterministic) > 0;
  }
  ~DeterministicMode() override { cuda::fake::reset(); }
  // Training three times, twice by one executor (the second call is recorded, the third replayed): the same?
  static bool repeats(const std::shared_ptr<cuda::Device>& device, const Problem& problem) {
    OnDevice one = make_stepwise(device, problem), other = make_stepwise(device, problem);
    const Outcome first = train(one, problem);
    bool same = same_bits(train(other, problem), first);
    for (int k = 0; k < 2; ++k) same = same_bits(train(one, problem), first) && same;
    return same;
  }
  static bool ran(std::int64_t engine) {
    return std::ranges::any_of(cuda::fake::executions(),
                               [&](const cuda::fake::Execution& it) { return it.engine == engine; });
  }
};
INSTANTIATE_TEST_SUITE_P(Cells, DeterministicMode,
                         testing::Values(CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                                         CLN_CELL_ST_LSTM));

TEST_P(DeterministicMode, ForwardAndBackward_SameBitsEveryTime) {
  constexpr std::int64_t kVarying = 5;
  const auto deterministic = make_device({.is_deterministic = true}), free = make_device({});
  Random random(20);
  int differing = 0;
  for (int k = 0; k < 10; ++k) {
    const Problem problem = random_problem(random, GetParam(), CLN_STORAGE_FLOAT32);
    cuda::fake::clear_executions();
    EXPECT_TRUE(repeats(deterministic, problem)) << describe(problem);
    EXPECT_FALSE(cuda::fake::executions().empty());
    EXPECT_FALSE(ran(kVarying)) << describe(problem);
    differing += repeats(free, problem) ? 0 : 1;
    EXPECT_TRUE(ran(kVarying)) << "which is what the mode excludes";
  }
  EXPECT_GT(differing, 5) << "the comparison sees what the mode prevents";
}

// Gradients that float16 cannot hold as they are: the same bits, but for the factor.
TEST_P(Stepwise, TinyAndHugeGradientsInFloat16_AreScaled) {
  const auto device = make_device({Element::kFloat16});
  Random random(21);
  RecurrentDesc desc = layer_of(GetParam());
  desc.normalization = CLN_NORMALIZATION_NONE;
  Problem problem = make_problem(random, desc, {2, {5, 4}}, 3, true);
  OnDevice executor = make_stepwise(device, problem);
  const Outcome plain = train(executor, problem);
  for (const float factor : {0x1p-40f, 0x1p+40f}) {
    Problem scaled = problem;
    for (Floats* values : {&scaled.dy, &scaled.dfinal[0], &scaled.dfinal[1], &scaled.dfinal[2]})
      for (float& value : *values) value *= factor;
    Outcome outcome = train(executor, scaled);
    for (Floats* values : {&outcome.dx, &outcome.dinitial[0], &outcome.dinitial[1], &outcome.dinitial[2]})
      for (float& value : *values) value /= factor;
    for (Floats& values : outcome.gradients)
      for (float& value : values) value /= factor;
    EXPECT_TRUE(same_bits(outcome, plain)) << factor;
  }
}

// x may hold anything where a step does not count.
TEST_P(Stepwise, MaskedSteps_InputThatIsNaN_ChangesNothing) {
  const auto device = make_device({});
  Random random(22);
  Problem problem = make_problem(random, layer_of(GetParam()), {2, {5, 4}}, 4, true);
  add_mask(problem, random);
  OnDevice executor = make_stepwise(device, problem);
  const Outcome expected = train(executor, problem);
  const std::size_t image = problem.x.size() / static_cast<std::size_t>(problem.steps * problem.shape.batch);
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t n = 0; n < 2; ++n)
      if (problem.active[t * 2 + n] == 0)
        std::fill_n(problem.x.begin() + static_cast<std::ptrdiff_t>((n * 4 + t) * image), image,
                    std::nanf(""));
  EXPECT_TRUE(same_bits(train(executor, problem), expected));
}

}  // namespace
}  // namespace convlstm::test
