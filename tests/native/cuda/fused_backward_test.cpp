// The way back of the fused executor on the emulated device against the reference in double precision.
// fused_test.cpp trains its random layers too.
#include "backend/cuda/fused_backward.h"

#include <gtest/gtest.h>

#include <set>

#include "backend/cuda/fused_pixel_product.h"
#include "support/fused_cases.h"

namespace convlstm::test {
namespace {

class FusedBackward : public FusedForms {
 protected:
  Outcome check(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                std::optional<FusedCut> cut = {}, const cuda::StepwiseLimits& limits = {}) {
    SCOPED_TRACE(describe(problem));
    OnDevice executor = make_fused(device, problem, cut, limits);
    Outcome actual = train(executor, problem, 0.25f);
    expect_near(actual, train(cpu_, "reference", problem, 0.25f), bounds_of(problem, device->precision));
    return actual;
  }
};

const Precision kPrecisions[] = {{}, {Element::kBfloat16}, {Element::kFloat16}, {Element::kFloat32, true}};

// Gradients by kernels of one and of many tiles; their pixels in one part and in several.
TEST_F(FusedBackward, KernelsOfManyTiles_MatchReference) {
  Random random(3101);
  for (const Precision& precision : kPrecisions)
    for (const RecurrentDesc& desc : {layer_of(1, 3), layer_of(9, 35), layer_of(0, 17)}) {
      Problem problem = make_problem(random, desc, {2, {13, 11}}, 3, true);
      add_mask(problem, random);
      check(make_device(precision), problem);
    }
  const Problem problem = make_problem(random, layer_of(4, 9), {2, {9, 8}}, 2, true);
  check(make_device({}, true), problem);
}

// dx where rows of the kernel skip pixels and whole rows of pixels are read by nobody.
TEST_F(FusedBackward, InputsWithStridesDilationsAndPaddings_MatchReference) {
  Random random(3102);
  for (const Precision& precision : kPrecisions)
    for (const cln_padding padding :
         {CLN_PADDING_VALID, CLN_PADDING_SAME_PYTORCH, CLN_PADDING_SAME_TENSORFLOW}) {
      RecurrentDesc desc = layer_of(5, 6);
      desc.input.kernel = {2, 3};
      desc.input.stride = {3, 2};
      desc.input.dilation = {1, 2};
      desc.input.padding = padding;
      desc.recurrent_kernel = {3, 5};
      desc.recurrent_dilation = {2, 1};
      check(make_device(precision), make_problem(random, desc, {2, {11, 12}}, 2, true));
    }
}

// Windows of two steps, of which the last has one: the gradients by gates of the step before are where the
// window ends.
TEST_F(FusedBackward, WindowsOfSteps_MatchReference) {
  Random random(3103);
  for (const std::int64_t steps : {1, 2, 4, 5}) {
    Problem problem = make_problem(random, layer_of(2, 5), {2, {4, 5}}, steps, true);
    if (steps > 1) add_mask(problem, random);
    if (steps > 2) limit_input(problem, {1, 3});
    check(make_device({}), problem, {}, {1, 1});
  }
}

TEST_F(FusedBackward, OnePixelImages_MatchReference) {
  Random random(3104);
  for (const Precision& precision : kPrecisions)
    for (const FusedCut& cut : kCuts)
      check(make_device(precision), make_problem(random, layer_of(2, 3), {1, {1, 1}}, 2, true), cut);
}

TEST_F(FusedBackward, TinyAndHugeGradientsInFloat16_AreScaled) {
  const auto device = make_device({Element::kFloat16});
  Random random(3105);
  const Problem problem = make_problem(random, layer_of(3, 6), {2, {5, 4}}, 3, true);
  OnDevice executor = make_fused(device, problem);
  const Outcome plain = train(executor, problem);
  for (const float factor : {0x1p-40f, 0x1p+40f}) {
    Problem scaled = problem;
    for (Floats* values : {&scaled.dy, &scaled.dfinal[0], &scaled.dfinal[1]})
      for (float& value : *values) value *= factor;
    Outcome outcome = train(executor, scaled);
    for (Floats* values : {&outcome.dx, &outcome.dinitial[0], &outcome.dinitial[1]})
      for (float& value : *values) value /= factor;
    for (Floats& values : outcome.gradients)
      for (float& value : values) value /= factor;
    EXPECT_TRUE(same_bits(outcome, plain)) << factor;
  }
}

// From the second call of a kind on it is recorded, and follows the parameters. Nothing is waited for.
TEST_F(FusedBackward, RecordedCalls_SameBitsAsNewOnes) {
  Random random(3106);
  const auto device = make_device({Element::kBfloat16});
  Problem problem = make_problem(random, layer_of(3, 10), {2, {6, 7}}, 4, true);
  problem.states_in_place = false;
  OnDevice executor = make_fused(device, problem, FusedCut{FusedTile::k64By32, 3});
  PackedCache packed;
  for (std::uint64_t version = 1; version <= 4; ++version) {
    for (Floats& values : problem.parameters)
      for (float& value : values) value *= 0.9f;
    problem.version = version;
    OnDevice other = make_fused(make_device({Element::kBfloat16}), problem, FusedCut{FusedTile::k64By32, 3});
    EXPECT_TRUE(same_bits(train(executor, problem, 0.5f, &packed), train(other, problem, 0.5f))) << version;
  }
  EXPECT_EQ(executor.waits(), 0);
}

// What the lanes of a warp read at once of a stage of 4-byte numbers: 8 neighbours of each of 4 pixels.
// Stages of 2-byte numbers are read by load_turned_matrices, which counts (fused_test.cpp).
TEST(FusedPixelProduct, NumbersThatAreReadAtOnce_LieInDifferentBanks) {
  for (const int count : {64, 128})
    for (int pixel = 0; pixel < cuda::stage_pixels(4); pixel += 4)
      for (int number = 0; number < count; number += 8) {
        std::set<std::intptr_t> banks;
        for (int lane = 0; lane < 32; ++lane) {
          const std::byte* const at =
              cuda::crossed_float(nullptr, pixel + lane % 4, number + lane / 4, count);
          banks.insert(reinterpret_cast<std::intptr_t>(at) / 4 % 32);
        }
        EXPECT_EQ(banks.size(), 32u) << count << ' ' << pixel << ' ' << number;
      }
}

// Kernels in cuDNN's form are for those who call it.
TEST_F(FusedBackward, Training_PacksNoKernelsOfCudnn) {
  Random random(3107);
  const auto device = make_device({});
  const Problem problem = make_problem(random, layer_of(3, 10), {1, {5, 4}}, 2, true);
  PackedCache packed;
  OnDevice executor = make_fused(device, problem);
  train(executor, problem, 0.5f, &packed);
  const cuda::StepwiseLayer layer(device, std::get<RecurrentDesc>(problem.desc), problem.shape);
  ParameterViews parameters;
  parameters.packed = &packed;
  const auto tables =
      cuda::PackedWeights::of(parameters, device, layer.desc, layer.plan.cell, layer.sizes.grid,
                              Element::kFloat32, cuda::PackedWeights::Parts::kAllButKernels);
  EXPECT_GT(tables.use_count(), 2) << "the executor has it";
  EXPECT_EQ(tables->layout(kRecurrentKernel).gates, 0);
  const auto all = cuda::PackedWeights::of(parameters, device, layer.desc, layer.plan.cell, layer.sizes.grid,
                                           Element::kFloat32);
  EXPECT_EQ(all.use_count(), 2) << "nobody had it: it is the cache's and this test's";
}

}  // namespace
}  // namespace convlstm::test
