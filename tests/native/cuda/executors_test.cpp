#include "backend/cuda/executors.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace convlstm::test {
namespace {

std::shared_ptr<cuda::Device> device() {
  return std::make_shared<cuda::Device>(0, cuda::Precision{}, false, nullptr);
}

std::string error_of(const LayerDesc& desc, const InputShape& shape, const std::string& requested) {
  try {
    cuda::make_executor(device(), desc, shape, requested);
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
    return std::string(cuda::make_executor(device(), desc, {1, {4, 4}}, requested)->name());
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

TEST(CudaExecutors, LayerThatNoRowHas_SaysWhy) {
  EXPECT_EQ(error_of(ConvDesc{}, {1, {std::int64_t{1} << 20, 1 << 10}}, ""),
            "executor: fused does not support this layer: it is a convolution; "
            "cudnn_stepwise does not support this layer: images have 2^27 pixels or more");
}

}  // namespace
}  // namespace convlstm::test
