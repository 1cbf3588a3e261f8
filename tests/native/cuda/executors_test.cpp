#include "backend/cuda/executors.h"

#include <gtest/gtest.h>

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

TEST(CudaExecutors, AnyLayer_FirstRowOrTheOneThatIsAskedFor) {
  RecurrentDesc recurrent;
  recurrent.input_channels = 1;
  for (const LayerDesc& desc : {LayerDesc(recurrent), LayerDesc(ConvDesc{})})
    for (const char* requested : {"", "cudnn_stepwise"})
      EXPECT_STREQ(cuda::make_executor(device(), desc, {1, {4, 4}}, requested)->name(), "cudnn_stepwise");
}

TEST(CudaExecutors, UnknownRow_SaysWhichThereAre) {
  EXPECT_EQ(error_of(ConvDesc{}, {1, {4, 4}}, "winograd_fused"),
            "executor: expected one of cudnn_stepwise, got winograd_fused");
}

TEST(CudaExecutors, LayerThatNoRowHas_SaysWhy) {
  EXPECT_EQ(error_of(ConvDesc{}, {1, {std::int64_t{1} << 20, 1 << 10}}, ""),
            "executor: cudnn_stepwise does not support this layer: images have 2^27 pixels or more");
}

}  // namespace
}  // namespace convlstm::test
