// The stepwise executor on the emulated device against the reference in double precision: every cell and
// every knob.
#include <gtest/gtest.h>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/stepwise.h"
#include "support/agreement.h"
#include "support/on_device.h"
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

// 1 / std of a normalization magnifies the errors of what it normalizes, which may be a few pixels that
// differ little.
Bounds bounds_of(const Problem& problem, Element element) {
  const auto& desc = std::get<RecurrentDesc>(problem.desc);
  if (element == Element::kFloat16) return {5e-3, 2e-2};
  if (element == Element::kBfloat16 || desc.storage == CLN_STORAGE_BFLOAT16) return {3e-2, 6e-2};
  return desc.normalization == CLN_NORMALIZATION_NONE ? Bounds{} : Bounds{3e-5, 3e-4};
}

void check(const Outcome& actual, const Outcome& expected, const Bounds& bounds) {
  EXPECT_LT(relative_error(actual.y, expected.y), bounds.output) << "y";
  EXPECT_LT(relative_error(actual.dx, expected.dx), bounds.gradient) << "dx";
  for (std::size_t part = 0; part < kMaxStateParts; ++part) {
    EXPECT_LT(relative_error(actual.final[part], expected.final[part]), bounds.output) << "state " << part;
    EXPECT_LT(relative_error(actual.dinitial[part], expected.dinitial[part]), bounds.gradient)
        << "gradient of state " << part;
  }
  for (std::size_t k = 0; k < kMaxParameters; ++k)
    EXPECT_LT(relative_error(actual.gradients[k], expected.gradients[k]), bounds.gradient)
        << "parameter " << k;
}

class Stepwise : public testing::TestWithParam<cln_cell> {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  // Training and inference near the reference, and inference the same bits as training.
  void check_random(std::uint64_t seed, int count, cln_storage storage, const Precision& precision,
                    const cuda::StepwiseLimits& limits = {}) {
    const auto device = make_device(precision);
    Random random(seed);
    for (int k = 0; k < count && !HasFailure(); ++k) {
      const Problem problem = random_problem(random, GetParam(), storage);
      SCOPED_TRACE(describe(problem));
      OnDevice executor = make_stepwise(device, problem, limits);
      const Outcome trained = train(executor, problem, 0.5f);
      check(trained, train(cpu_, "reference", problem, 0.5f), bounds_of(problem, precision.element));
      const Outcome inferred = infer(executor, problem);
      EXPECT_TRUE(same_bits(inferred.y, trained.y) && same_bits(inferred.final, trained.final))
          << "inference";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Cells, Stepwise,
                         testing::Values(CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                                         CLN_CELL_ST_LSTM));

TEST_P(Stepwise, RandomLayers_MatchReference) {
  check_random(2029, 100, CLN_STORAGE_FLOAT32, {});
}

}  // namespace
}  // namespace convlstm::test
