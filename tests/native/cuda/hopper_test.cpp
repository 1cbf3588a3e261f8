// The fused executor's kernels for compute capability 9.0 on the emulated device against the reference in
// double precision.
#include <gtest/gtest.h>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/fused.h"
#include "support/on_device.h"
#include "support/outcomes.h"
#include "support/random_layers.h"

namespace convlstm::test {
namespace {

using cuda::Element;
using cuda::HopperTile;
using cuda::Precision;

constexpr HopperTile kTiles[] = {HopperTile::k128By128, HopperTile::k64By128, HopperTile::k64By64};

class Hopper : public testing::Test {
 protected:
  void SetUp() override { cuda::emulated::set_architecture("sm_90"); }
  void TearDown() override {
    cuda::emulated::set_architecture("emulated");
    cuda::emulated::set_multiprocessors(4);
  }

  static std::shared_ptr<cuda::Device> make_device(const Precision& precision) {
    return std::make_shared<cuda::Device>(0, precision, false, nullptr);
  }
  static OnDevice make_fused(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                             HopperTile tile) {
    return {device,
            std::make_unique<cuda::Fused>(device, std::get<RecurrentDesc>(problem.desc), problem.shape, tile),
            problem.desc, problem.shape};
  }

  void check_one(const std::shared_ptr<cuda::Device>& device, const Problem& problem, HopperTile tile) {
    SCOPED_TRACE(describe(problem));
    OnDevice executor = make_fused(device, problem, tile);
    const Outcome actual = infer(executor, problem), expected = infer(cpu_, "reference", problem);
    expect_near(actual, expected, bounds_of(problem, device->precision));
    OnDevice other = make_fused(device, problem, tile);
    EXPECT_TRUE(same_bits(infer(other, problem), actual)) << "again";
    // A training forward gives the same bits, and its tape is one for the backward.
    const Outcome trained = train(executor, problem, 0.5f);
    EXPECT_TRUE(same_bits(trained.y, actual.y) && same_bits(trained.final, actual.final)) << "training";
    expect_near(trained, train(cpu_, "reference", problem, 0.5f), bounds_of(problem, device->precision));
  }

  // Every knob that the executor has; the number of multiprocessors says how many tiles a consumer takes.
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    const auto device = make_device(precision);
    Random random(seed);
    int checked = 0;
    for (int k = 0; k < 10 * count && checked < count && !HasFailure(); ++k) {
      Problem problem = random_problem(random, CLN_CELL_CONV_LSTM, CLN_STORAGE_BFLOAT16);
      auto& desc = std::get<RecurrentDesc>(problem.desc);
      if (desc.normalization != CLN_NORMALIZATION_NONE) continue;
      if (random.below(3) != 0) desc.storage = CLN_STORAGE_FLOAT32;
      problem.dropout.is_active = false;
      if (!cuda::HopperPlan::supports(*device, desc, problem.shape)) continue;
      cuda::emulated::set_multiprocessors(1 + static_cast<int>(random.below(3)));
      check_one(device, problem, kTiles[checked++ % 3]);
    }
    EXPECT_EQ(checked, count);
  }

  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};
};

TEST_F(Hopper, RandomLayersInBfloat16_MatchReference) {
  check_random(4001, 30, {Element::kBfloat16});
}
TEST_F(Hopper, RandomLayersInFloat16_MatchReference) {
  check_random(4002, 20, {Element::kFloat16});
}
TEST_F(Hopper, RandomLayersInTf32_MatchReference) {
  check_random(4003, 30, {Element::kFloat32, true});
}

RecurrentDesc layer_of(std::int64_t inputs, std::int64_t hidden) {
  RecurrentDesc desc;
  desc.input_channels = inputs;
  desc.hidden_channels = hidden;
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  desc.mask = CLN_MASK_ZERO;
  return desc;
}

// Several tiles of a consumer, several columns of tiles, more stages than the ring has; images of one pixel;
// pieces of 32, 64 and 128 bytes.
TEST_F(Hopper, ManyTiles_MatchReference) {
  Random random(4004);
  for (const Precision& precision : {Precision{Element::kFloat32, true}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const HopperTile tile : kTiles)
      for (const InputShape& shape : {InputShape{3, {9, 13}}, InputShape{70, {1, 1}}}) {
        cuda::emulated::set_multiprocessors(2);
        Problem problem = make_problem(random, layer_of(9 + 20 * static_cast<int>(tile), 35), shape, 2, true);
        add_mask(problem, random);
        check_one(device, problem, tile);
      }
  }
}

TEST_F(Hopper, WideStridesAndOddKernels_MatchReference) {
  Random random(4005);
  RecurrentDesc desc = layer_of(6, 20);
  desc.peephole = CLN_PEEPHOLE_NONE;
  desc.input.kernel = {5, 2};
  desc.input.stride = {2, 3};
  desc.input.dilation = {1, 2};
  desc.recurrent_kernel = {3, 5};
  desc.recurrent_dilation = {2, 1};
  check_one(make_device({Element::kBfloat16}), make_problem(random, desc, {3, {11, 16}}, 2, true), kTiles[1]);
}

TEST_F(Hopper, Supports_SaysWhyNot) {
  const auto why = [](const cuda::Device& device, const RecurrentDesc& desc) {
    return cuda::HopperPlan::supports(device, desc, {2, {300, 300}}).why_not;
  };
  const auto bfloat16 = make_device({Element::kBfloat16});
  RecurrentDesc desc = layer_of(3, 10);
  EXPECT_EQ(why(*bfloat16, desc), "");
  EXPECT_EQ(why(*make_device({}), desc), "its products are as good as float32");
  desc.recurrent_dilation = {1, 130};
  EXPECT_EQ(why(*bfloat16, desc), "its kernels reach further than tensor maps do");
  desc.recurrent_dilation = {1, 1};
  cuda::emulated::set_architecture("sm_89");
  EXPECT_EQ(why(*bfloat16, desc), "the device is not of compute capability 9.0");
}

TEST_F(Hopper, Plan_TellsProductsAndTile) {
  const auto device = make_device({Element::kBfloat16});
  const ExecutorPlan plan = cuda::Fused(device, layer_of(3, 64), {2, {30, 30}}).plan();
  EXPECT_EQ(plan.algorithm, "implicit matrix product of warpgroups, bfloat16");
  EXPECT_EQ(plan.tiling, "128 pixels by 4 gates of 32 channels");
  EXPECT_EQ(plan.weight_bytes, 256 * 128 * (3 + 9));
}

TEST_F(Hopper, Tile_FitsTheShape) {
  EXPECT_EQ(cuda::choose_hopper_tile(32 * 64 * 64, 8, 132), HopperTile::k128By128);
  EXPECT_EQ(cuda::choose_hopper_tile(64 * 64, 8, 132), HopperTile::k64By128);
  EXPECT_EQ(cuda::choose_hopper_tile(16 * 16, 16, 132), HopperTile::k64By64);
}

}  // namespace
}  // namespace convlstm::test
