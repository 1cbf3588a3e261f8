// Convolution layers on the emulated device against the reference in double precision.
#include "backend/cuda/convolution_layer.h"

#include <gtest/gtest.h>

#include "backend/cpu/instruction_set.h"
#include "support/on_device.h"
#include "support/outcomes.h"
#include "support/random_shapes.h"

namespace convlstm::test {
namespace {

using cuda::Element;
using cuda::Precision;

class ConvolutionLayer : public testing::Test {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  static OnDevice make(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                       std::size_t window = cuda::ConvolutionLayer::kWindowBytes) {
    return {device,
            std::make_unique<cuda::ConvolutionLayer>(device, std::get<ConvDesc>(problem.desc), problem.shape,
                                                     window),
            problem.desc, problem.shape};
  }

  void check_random(std::uint64_t seed, const Precision& precision, std::size_t window) {
    const auto device = std::make_shared<cuda::Device>(0, precision, false, nullptr);
    Random random(seed);
    for (int k = 0; k < 60 && !HasFailure(); ++k) {
      const int rank = 1 + static_cast<int>(random.below(3));
      ConvDesc desc;
      desc.bias = random.below(3) ? CLN_BIAS_ONE : CLN_BIAS_NONE;
      desc.input_channels = pick(random, {1, 2, 3, 8, 9});
      desc.output_channels = pick(random, {1, 2, 4, 5, 11});
      desc.kernel = random_size(random, rank, {1, 1, 2, 3, 5});
      const InputShape shape{pick(random, {1, 2, 3}), random_size(random, rank, {1, 2, 5, 7})};
      Problem problem = make_problem(random, desc, shape, pick(random, {1, 2, 5}), false);
      problem.want_dx = random.below(4) != 0;
      if (random.below(6) == 0) problem.dy.clear();
      SCOPED_TRACE(describe(problem));
      OnDevice executor = make(device, problem, window);
      expect_near(train(executor, problem, 0.5f), train(cpu_, "reference", problem, 0.5f),
                  bounds_of(problem, precision), precision == Precision{} ? 1e-3 : 1.0);
    }
  }
};

TEST_F(ConvolutionLayer, RandomLayers_MatchReference) {
  check_random(41, {}, cuda::ConvolutionLayer::kWindowBytes);
  check_random(42, {}, 1);
  check_random(43, {}, 1 << 14);
}

TEST_F(ConvolutionLayer, RandomLayersInEveryPrecision_MatchReference) {
  check_random(44, {Element::kFloat32, true}, 1 << 14);
  check_random(45, {Element::kBfloat16}, 1 << 14);
  check_random(46, {Element::kFloat16}, 1 << 14);
}

TEST_F(ConvolutionLayer, OneExecutorManyCalls_SameBitsAsNewOnes) {
  const auto device = std::make_shared<cuda::Device>(0, Precision{Element::kFloat16}, false, nullptr);
  Random random(47);
  ConvDesc desc;
  desc.input_channels = 3;
  desc.output_channels = 5;
  desc.kernel = {3, 3};
  Problem problem = make_problem(random, desc, {2, {6, 5}}, 3, false);
  OnDevice executor = make(device, problem);
  PackedCache packed;
  for (std::uint64_t version = 1; version < 5; ++version) {
    for (Floats& values : problem.parameters)
      for (float& value : values) value *= 0.9f;
    problem.version = version;
    OnDevice other = make(device, problem);
    EXPECT_TRUE(same_bits(train(executor, problem, 0, &packed), train(other, problem))) << version;
  }
}

}  // namespace
}  // namespace convlstm::test
