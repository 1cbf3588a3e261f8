// Numbers of Keras' own unit tests, recomputed independently; Keras' gate order i f c o is ours.
#include <gtest/gtest.h>

#include <numeric>

#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "support/problem.h"

namespace convlstm::test {
namespace {

// 0, 1, 2 ... over `divisor`, the array (images, H, W, channels) turned into (images, channels, H, W).
Floats channels_last_range(std::int64_t images, std::int64_t channels, std::int64_t area, float divisor) {
  Floats result(at(images * channels * area));
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t a = 0; a < area; ++a)
      for (std::int64_t k = 0; k < channels; ++k)
        result[at((n * channels + k) * area + a)] =
            static_cast<float>((n * area + a) * channels + k) / divisor;
  return result;
}

Problem keras_problem(std::int64_t steps, float divisor) {
  RecurrentDesc desc;
  desc.input_channels = 3;
  desc.hidden_channels = 4;
  Problem p;
  p.desc = desc;
  p.shape = {2, {5, 5}};
  p.steps = steps;
  p.input = {0, steps};
  p.x = channels_last_range(2 * steps, 3, 25, divisor);
  p.initial[kHidden] = p.initial[kCell] = channels_last_range(2, 4, 25, divisor);
  p.parameters[kInputKernel].assign(at(16 * 3 * 9), 0.01f);
  p.parameters[kRecurrentKernel].assign(at(16 * 4 * 9), 0.02f);
  p.parameters[kGateBias] = {0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  return p;
}

double sum(const Floats& array) {
  return std::accumulate(array.begin(), array.end(), 0.0);
}

class Golden : public testing::Test {
 protected:
  template <typename Check>
  void on_every_executor(const Check& check) {
    for (const cpu::Kernels* kernels : cpu::available_kernels())
      for (const cpu::ExecutorRow& row : cpu::executor_list()) {
        if (!row.supports(RecurrentDesc{}, InputShape{})) continue;
        SCOPED_TRACE(std::string(row.name) + " " + kernels->name);
        cpu::CpuDevice device{ThreadPool(2), *kernels};
        check(device, row.name);
      }
  }
};

TEST_F(Golden, OneStep_KerasCell_GivesTheKnownSums) {
  on_every_executor([](cpu::CpuDevice& device, const char* executor) {
    const Outcome outcome = infer(device, executor, keras_problem(1, 10));
    EXPECT_NEAR(sum(outcome.final[kHidden]), 188.89502, 2e-4);
    EXPECT_NEAR(sum(outcome.final[kCell]), 2170.444, 2e-3);
    EXPECT_EQ(outcome.y, outcome.final[kHidden]);
  });
}

TEST_F(Golden, ThreeSteps_KerasLayer_GivesTheKnownSum) {
  on_every_executor([](cpu::CpuDevice& device, const char* executor) {
    const Outcome outcome = infer(device, executor, keras_problem(3, 100));
    EXPECT_NEAR(sum(outcome.final[kHidden]), 119.812454, 1e-4);
  });
}

}  // namespace
}  // namespace convlstm::test
