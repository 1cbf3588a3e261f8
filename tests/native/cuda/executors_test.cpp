#include "backend/cuda/executors.h"

#include <gtest/gtest.h>

#include <string>

#include "backend/cuda/emulated_stream.h"
#include "core/error.h"
#include "support/fused_cases.h"

namespace convlstm::test {
namespace {

std::string error_of(const LayerDesc& desc, const InputShape& shape, const std::string& requested) {
  try {
    cuda::make_executor(make_device({}), desc, shape, requested);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
    return error.what();
  }
  return "made";
}

TEST(CudaExecutors, AnyLayer_FirstRowThatTakesItOrTheOneThatIsAskedFor) {
  RecurrentDesc lstm, gru;
  lstm.input_channels = gru.input_channels = 1;
  gru.cell = CLN_CELL_CONV_GRU;
  const auto name = [](const LayerDesc& desc, const char* requested) {
    return std::string(cuda::make_executor(make_device({}), desc, {1, {4, 4}}, requested)->name());
  };
  for (const LayerDesc& desc : {LayerDesc(lstm), LayerDesc(gru), LayerDesc(ConvDesc{})})
    EXPECT_EQ(name(desc, "cudnn_stepwise"), "cudnn_stepwise");
  EXPECT_EQ(name(lstm, ""), "fused");
  EXPECT_EQ(name(lstm, "fused"), "fused");
  EXPECT_EQ(name(gru, ""), "cudnn_stepwise");
  EXPECT_EQ(name(ConvDesc{}, ""), "cudnn_stepwise");
}

TEST(CudaExecutors, UnknownRow_SaysWhichThereAre) {
  EXPECT_EQ(error_of(ConvDesc{}, {1, {4, 4}}, "winograd_fused"),
            "executor: expected one of fused, cudnn_stepwise, got winograd_fused");
}

TEST(CudaExecutors, RowThatDoesNotTakeTheLayer_SaysWhy) {
  RecurrentDesc desc;
  desc.input_channels = 1;
  const auto why_not = [](const LayerDesc& layer, const InputShape& shape) {
    const std::string error = error_of(layer, shape, "fused"),
                      start = "executor: fused does not support this layer: ";
    return error.starts_with(start) ? error.substr(start.size()) : error;
  };
  EXPECT_EQ(why_not(ConvDesc{}, {1, {4, 4}}), "it is a convolution");
  EXPECT_EQ(why_not(desc, {1, {std::int64_t{1} << 20, 1 << 10}}), "images have 2^27 pixels or more");
  EXPECT_EQ(why_not(desc, {8, {1 << 13, 1 << 13}}), "its batch has 2^29 pixels or more");
  desc.normalization = CLN_NORMALIZATION_LAYER;
  EXPECT_EQ(why_not(desc, {1, {4, 4}}), "it normalizes its sums");
  desc.cell = CLN_CELL_ST_LSTM;
  EXPECT_EQ(why_not(desc, {1, {4, 4}}), "its cell is not a ConvLSTM");
}

TEST(CudaExecutors, Tiling_IsTheOneThatIsAskedFor) {
  const RecurrentDesc desc = layer_of(1, 20);
  const InputShape shape{1, {6, 7}};
  const auto plan = [&](const char* requested) {
    return cuda::make_executor(make_device({}), desc, shape, requested)->plan(4);
  };
  EXPECT_TRUE(plan("fused:128x128").tiling.starts_with("128 pixels by 4 gates of 32 channels: 1 block on 4"));
  EXPECT_TRUE(plan("fused:64x32,split3")
                  .tiling.starts_with("64 pixels by 4 gates of 8 channels, the depth in 3 parts: 9 blocks"));
  for (const char* requested : {"fused:64x33", "fused:"})
    EXPECT_NE(error_of(desc, shape, requested).find(std::string("got ") + requested), std::string::npos);
  EXPECT_EQ(error_of(desc, shape, "cudnn_stepwise:64x64"),
            "executor: expected cudnn_stepwise without a tiling, got cudnn_stepwise:64x64");
}

// Of cudnn_stepwise without what cuDNN works in, here that of a fake one.
TEST(CudaExecutors, Plan_TellsWhatInferenceTakes_WhateverHasRun) {
  cuda::emulated::set_architecture("sm_90");
  cuda::emulated::set_multiprocessors(64);
  Random random(41);
  RecurrentDesc gru = layer_of(3, 20);
  gru.peephole = CLN_PEEPHOLE_NONE;
  gru.cell = CLN_CELL_CONV_GRU;
  const auto check = [&](const RecurrentDesc& desc, const char* requested, const cuda::Precision& precision) {
    SCOPED_TRACE(requested);
    const auto on = make_device(precision);
    const Problem problem = make_problem(random, desc, {2, {6, 7}}, 5, true);
    OnDevice executor(on, cuda::make_executor(on, desc, problem.shape, requested), desc, problem.shape);
    const ExecutorPlan plan = executor.plan(problem.steps);
    infer(executor, problem);
    EXPECT_GT(plan.weight_bytes, 0);
    const std::int64_t of_library = static_cast<std::int64_t>(executor.workspace_bytes()) - plan.work_bytes;
    EXPECT_GE(of_library, 0);
    EXPECT_LE(of_library, executor.name() == std::string("fused") ? 0 : 8192);
    train(executor, problem, 0.5f);
    const ExecutorPlan again = executor.plan(problem.steps);
    EXPECT_EQ(again.work_bytes, plan.work_bytes);
    EXPECT_EQ(again.algorithm + again.tiling, plan.algorithm + plan.tiling);
    EXPECT_FALSE(plan.algorithm.empty() || plan.tiling.empty());
  };
  for (const char* requested :
       {"fused:64x32,split2", "fused:16x64,sequence", "fused:64x64,hopper", "cudnn_stepwise"})
    check(layer_of(3, 20), requested, {Element::kBfloat16});
  check(layer_of(1, 20), "fused:64x64,hopper", {Element::kBfloat16});  // whose x is unrolled
  check(layer_of(3, 20), "cudnn_stepwise", {});
  check(gru, "cudnn_stepwise", {});
  cuda::emulated::set_architecture("emulated");
  cuda::emulated::set_multiprocessors(4);
}

TEST(CudaExecutors, Options_TellContendersAndWhetherTheModelIsForThem) {
  const auto on = make_device({});
  const auto options = cuda::executor_options(*on, layer_of(1, 20), {1, {6, 7}});
  ASSERT_EQ(options.size(), 2u);
  EXPECT_TRUE(options[0].is_able && options[0].takes);
  EXPECT_GE(options[0].contenders.size(), 3u);
  for (const std::string& contender : options[0].contenders)
    EXPECT_STREQ(cuda::make_executor(on, layer_of(1, 20), {1, {6, 7}}, contender)->name(), "fused");
  EXPECT_EQ(options[1].contenders, std::vector<std::string>{"cudnn_stepwise"});
  const auto of_convolution = cuda::executor_options(*on, ConvDesc{}, {1, {6, 7}});
  EXPECT_FALSE(of_convolution[0].is_able);
  EXPECT_TRUE(of_convolution[0].contenders.empty());
}

TEST(CudaExecutors, LayerThatNoRowHas_SaysWhy) {
  EXPECT_EQ(error_of(ConvDesc{}, {1, {std::int64_t{1} << 20, 1 << 10}}, ""),
            "executor: fused does not support this layer: it is a convolution; "
            "cudnn_stepwise does not support this layer: images have 2^27 pixels or more");
}

}  // namespace
}  // namespace convlstm::test
