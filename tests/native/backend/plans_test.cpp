// What executors tell of themselves is what they do.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "cell/multiply_adds.h"
#include "support/agreement.h"
#include "support/random_layers.h"

namespace convlstm::test {
namespace {

std::int64_t number_of(const ExecutorPlan& plan, const std::string& name) {
  for (const PlanNumber& number : plan.numbers)
    if (name == number.name) return number.value;
  ADD_FAILURE() << "no number " << name;
  return -1;
}

// Every executor that supports the problem, on every device.
void check_work_memory(const Devices& devices, Problem problem) {
  problem.dropout = {};
  SCOPED_TRACE(describe(problem));
  for (const cpu::ExecutorRow& row : cpu::executor_list()) {
    if (!row.supports(problem.desc, problem.shape)) continue;
    for (const auto& device : devices.all) {
      if (row.is_oracle && device != devices.all.front()) break;  // it looks at no device
      SCOPED_TRACE(std::string(row.name) + ' ' + device->kernels.name + ' ' +
                   std::to_string(device->pool.size()));
      const auto executor = row.make(*device, problem.desc, problem.shape);
      const ExecutorPlan plan = executor->plan(problem.steps);
      infer(*executor, problem);
      EXPECT_EQ(plan.work_bytes, static_cast<std::int64_t>(executor->workspace_bytes()));
      EXPECT_FALSE(plan.algorithm.empty());
      EXPECT_FALSE(plan.tiling.empty());
    }
  }
}

TEST(Plans, WorkMemory_IsWhatAnInferenceTakes) {
  const Devices devices;
  Random random(901);
  for (int k = 0; k < 60; ++k) {
    Problem problem = random_problem(random, static_cast<cln_cell>(random.below(4)),
                                     random.below(3) ? CLN_STORAGE_FLOAT32 : CLN_STORAGE_BFLOAT16);
    if (problem.input.begin > 0 || problem.input.end < problem.steps) continue;
    check_work_memory(devices, std::move(problem));
    if (HasFailure()) return;
  }
}

TEST(Plans, WorkMemory_OfTilesAndOfConvolutions_IsWhatAnInferenceTakes) {
  const Devices devices;
  Random random(902);
  RecurrentDesc desc;
  for (const std::int64_t taps : {3, 5})
    for (const std::int64_t hidden : {1, 16, 33})
      for (const Size3 size : {Size3{1, 1}, Size3{7, 16}, Size3{33, 9}}) {
        desc.recurrent_kernel = {taps, taps};
        desc.input_channels = hidden % 3;
        desc.hidden_channels = hidden;
        check_work_memory(devices, make_problem(random, desc, {2, size}, 2, true));
      }
  desc.input_channels = 70;
  desc.hidden_channels = 65;
  check_work_memory(devices, make_problem(random, desc, {1, {9, 9}}, 17, true));  // the input hoisted
  check_work_memory(devices,
                    make_problem(random, ConvDesc{CLN_BIAS_ONE, 3, 5, {3, 1}}, {2, {4, 9}}, 3, false));
}

struct Fastest {
  cpu::CpuDevice device{ThreadPool(2), *cpu::available_kernels().front()};
  ExecutorPlan plan(const char* executor, const RecurrentDesc& desc, const InputShape& shape) {
    return cpu::choose_executor(desc, shape, CLN_POLICY_FAST, executor).make(device, desc, shape)->plan(1);
  }
};

TEST(Plans, OfWinograd_CountsTilesAndLanes) {
  Fastest fastest;
  RecurrentDesc desc;
  desc.input_channels = 1;
  desc.hidden_channels = 64;
  const ExecutorPlan plan = fastest.plan("winograd_fused", desc, {1, {64, 60}});
  EXPECT_EQ(plan.algorithm, "Winograd F(4x4, 3x3)");
  EXPECT_STREQ(plan.input, "folded");
  EXPECT_EQ(number_of(plan, "tiles"), 16 * 15);
  EXPECT_EQ(plan.multiply_adds, 240.0 * 36 * 4 * 64 * 65);
  EXPECT_EQ(plan.weight_bytes / 1024, (36 * 4 * 64 * 65 + 7 * 64) * 4 / 1024);
  ASSERT_EQ(plan.estimates.size(), 2u);
  EXPECT_EQ(plan.estimates[0].name, "F(2x2, 3x3)");
  EXPECT_EQ(plan.estimates[0].multiply_adds, 32.0 * 30 * 16 * 4 * 64 * 65);
  EXPECT_EQ(plan.estimates[1].multiply_adds, plan.multiply_adds);
  desc.recurrent_kernel = {5, 5};
  EXPECT_EQ(fastest.plan("winograd_fused", desc, {1, {2, 2}}).algorithm, "Winograd F(2x2, 5x5)");
  desc.input_channels = desc.hidden_channels = 128;
  EXPECT_STREQ(fastest.plan("winograd_fused", desc, {1, {16, 16}}).input, "hoisted");
}

TEST(Plans, OfFullVectors_MultiplyWhatTheEquationsHave) {
  Fastest fastest;
  RecurrentDesc desc;
  desc.input_channels = 16;
  desc.hidden_channels = 16;
  const InputShape shape{2, {48, 48}};
  const double equations = 2 * multiply_adds_of(desc, shape.size);
  EXPECT_EQ(fastest.plan("direct_fused", desc, shape).multiply_adds, equations);
  EXPECT_EQ(fastest.plan("generic", desc, shape).multiply_adds, equations);
  EXPECT_GT(fastest.plan("direct_fused", desc, {2, {48, 47}}).multiply_adds,
            2 * multiply_adds_of(desc, {48, 47}));
  desc.storage = CLN_STORAGE_BFLOAT16;
  EXPECT_EQ(fastest.plan("direct_fused", desc, shape).multiply_adds, equations);
}

TEST(Plans, OfSmallWork_StayOnOneThread) {
  Fastest fastest;
  RecurrentDesc desc;
  desc.input_channels = 3;
  desc.hidden_channels = 10;
  const ExecutorPlan small = fastest.plan("direct_fused", desc, {1, {5, 5}});
  EXPECT_EQ(number_of(small, "pixel_parts") * number_of(small, "row_parts"), 1);
  EXPECT_NE(small.tiling.find("on one thread"), std::string::npos) << small.tiling;
  const ExecutorPlan large = fastest.plan("direct_fused", desc, {1, {64, 64}});
  EXPECT_EQ(number_of(large, "pixel_parts") * number_of(large, "row_parts"), 2);
}

TEST(Plans, Options_SayWhyTheyAreNotTaken) {
  Fastest fastest;
  RecurrentDesc desc;
  desc.input_channels = 1;
  desc.hidden_channels = 64;
  const InputShape shape{1, {64, 64}};
  const auto options = cpu::executor_options(fastest.device, desc, shape, CLN_POLICY_EXACT);
  ASSERT_EQ(options.size(), cpu::executor_list().size());
  EXPECT_EQ(options[0].name, "winograd_fused");
  EXPECT_FALSE(options[0].is_able);
  EXPECT_EQ(options[0].takes.why_not, "policy exact: it rounds more");
  EXPECT_TRUE(options[0].contenders.empty());
  EXPECT_EQ(options[1].contenders, std::vector<std::string>{"direct_fused"});
  EXPECT_TRUE(options[3].contenders.empty()) << "the oracle";
  EXPECT_LT(options[0].multiply_adds, options[1].multiply_adds / 3);
  EXPECT_TRUE(options[1].is_able);
  EXPECT_TRUE(options[1].takes);
  EXPECT_TRUE(cpu::executor_options(fastest.device, desc, shape, CLN_POLICY_FAST)[0].takes);
  desc.cell = CLN_CELL_CONV_GRU;
  for (const ExecutorOption& option : cpu::executor_options(fastest.device, desc, shape, CLN_POLICY_FAST)) {
    EXPECT_EQ(option.is_able, option.name == "generic" || option.name == "reference") << option.name;
    EXPECT_EQ(option.takes.why_not.empty(), option.is_able) << option.name;
  }
}

}  // namespace
}  // namespace convlstm::test
