// Which engine is chosen, what is said where there is none, and what becomes of errors.
#include <gtest/gtest.h>

#include <functional>

#include "backend/cuda/convolution.h"
#include "backend/cuda/cudnn_plan.h"
#include "core/error.h"
#include "support/device_array.h"
#include "support/fake_cudnn.h"

namespace convlstm::cuda::test {
namespace {

using cudnn::NumericalNote;
using cudnn::Status;

constexpr ConvolutionUses kForwardAlone{.data_gradient = false, .kernel_gradient = false};

ConvolutionShape shape_of(Element element) {
  return {.images = 2,
          .input_channels = channel_multiple(element),
          .output_channels = channel_multiple(element),
          .input = {4, 6},
          .output = {4, 6},
          .kernel = {3, 3},
          .before = {1, 1, 0}};
}

class PlanTest : public testing::Test {
 protected:
  PlanTest() { fake::reset(); }
  ~PlanTest() override { fake::reset(); }
  std::string plan(const Precision& precision, const ConvolutionUses& uses = kForwardAlone) {
    CudnnHandle cudnn(fake::library(), stream);
    return Convolution(cudnn, shape_of(precision.element), precision, uses).plan();
  }
  Error error_of(const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "expected an error";
    return {CLN_OK, ""};
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  Stream stream{0};
};

TEST_F(PlanTest, Precision_ChoosesTheEngine) {
  EXPECT_EQ(plan({.allows_tf32 = true}), "forward: engine 38, tensor cores, 0.0 MiB\n");
  EXPECT_EQ(plan({.element = Element::kBfloat16}), "forward: engine 38, tensor cores, 0.0 MiB\n");
  EXPECT_EQ(plan({}), "forward: engine 5, not deterministic, 0.0 MiB\n");
  EXPECT_EQ(plan({.is_deterministic = true}), "forward: engine 6, Winograd, 0.0 MiB\n");
  EXPECT_EQ(plan({.is_deterministic = true, .allows_transforms = false}), "forward: engine 1, 0.0 MiB\n");
}

TEST_F(PlanTest, Notes_AreKept) {
  using N = NumericalNote;
  const auto allowed = [](std::vector<N> notes, const EngineRules& rules) {
    return is_allowed(notes, rules);
  };
  EXPECT_TRUE(allowed({}, {false, false, false}));
  EXPECT_FALSE(allowed({N::kTensorCore}, {.allows_tensor_cores = false}));
  EXPECT_TRUE(allowed({N::kTensorCore}, {}));
  EXPECT_FALSE(allowed({N::kNondeterministic}, {.allows_nondeterminism = false}));
  EXPECT_FALSE(allowed({N::kFft}, {.allows_transforms = false}));
  EXPECT_FALSE(allowed({N::kWinograd, N::kWinogradTile6x6}, {.allows_transforms = false}));
  EXPECT_TRUE(allowed({N::kFft, N::kWinograd, N::kWinogradTile6x6}, {}));
  EXPECT_FALSE(allowed({N::kWinograd, N::kWinogradTile13x13}, {}));
  EXPECT_FALSE(allowed({N::kDownConvertInputs}, {}));
  EXPECT_FALSE(allowed({N::kReducedPrecisionReduction}, {}));
}

TEST_F(PlanTest, Deterministic_EngineThatIsNot_IsSkippedWhereverItIsOffered) {
  const std::vector<fake::Engine> varying = {
      {.index = 20, .notes = {NumericalNote::kNondeterministic}},
      {.index = 21, .notes = {NumericalNote::kWinograd, NumericalNote::kNondeterministic}}};
  const Precision precision{.is_deterministic = true};
  fake::behaviour().heuristics = fake::behaviour().fallback = varying;
  const Error error = error_of([&] { plan(precision); });
  EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
  EXPECT_TRUE(has(error.what(), "4 engine configurations offered, 4 of them not precise or deterministic"))
      << error.what();
  EXPECT_EQ(plan({}), "forward: engine 20, not deterministic, 0.0 MiB\n");
  fake::behaviour().fallback.push_back({.index = 22});
  const ConvolutionUses all{};
  EXPECT_EQ(plan(precision, all),
            "forward: engine 22, 0.0 MiB\ndata gradient: engine 22, 0.0 MiB\n"
            "kernel gradient: engine 22, 0.0 MiB\n");
}

TEST_F(PlanTest, RefusedEngines_AreStepsOfTheSearch) {
  for (fake::Engine& engine : fake::behaviour().heuristics) engine.is_refused = true;
  EXPECT_EQ(plan({.allows_tf32 = true}), "forward: engine 0, 0.0 MiB\n");
}

TEST_F(PlanTest, ManyWorkspaces_TheModestOneIsChosen) {
  fake::behaviour().heuristics = {{.index = 10, .workspace = std::size_t{3} << 30},
                                  {.index = 11, .workspace = std::size_t{1} << 30},
                                  {.index = 12, .workspace = std::size_t{64} << 20}};
  EXPECT_EQ(plan({}), "forward: engine 12, 64.0 MiB\n");
  fake::behaviour().heuristics.pop_back();
  fake::behaviour().fallback = {{.index = 13, .workspace = std::size_t{2} << 30}};
  EXPECT_EQ(plan({}), "forward: engine 11, 1024.0 MiB\n");
}

TEST_F(PlanTest, NoEngine_TheErrorNamesShapeAndReasons) {
  for (fake::Engine& engine : fake::behaviour().heuristics) engine.is_refused = true;
  fake::behaviour().fallback.clear();
  const Error error = error_of([&] { plan({}); });
  EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
  for (const char* part :
       {"cuDNN 9.8.0 has no engine for the forward of 2 images of 4x6 pixels", "kernel 3x3", "float32",
        "5 engine configurations offered", "2 of them not precise", "3 refused", "the engine refuses"})
    EXPECT_TRUE(has(error.what(), part)) << part << " in: " << error.what();
}

TEST_F(PlanTest, UnevenPadding_NeedsAnEngineThatDoesIt) {
  ConvolutionShape shape = shape_of(Element::kFloat32);
  shape.kernel = {4, 4};  // 1 before, 2 after
  for (fake::Engine& engine : fake::behaviour().heuristics) engine.pads_unevenly = false;
  CudnnHandle cudnn(fake::library(), stream);
  EXPECT_EQ(Convolution(cudnn, shape, {}, kForwardAlone).plan(), "forward: engine 0, 0.0 MiB\n");
  fake::behaviour().fallback.front().pads_unevenly = false;
  const Error error = error_of([&] { Convolution(cudnn, shape, {}, kForwardAlone); });
  EXPECT_TRUE(has(error.what(), "padding 1x1 before, 2x2 after")) << error.what();
}

TEST_F(PlanTest, PaddingAfter_IsThatBeforeWherePossible) {
  // Stride 2 leaves a choice: 0 or 1 after; the same as before is 1, which every engine does.
  ConvolutionShape shape{.input_channels = 4,
                         .output_channels = 4,
                         .input = {6, 6},
                         .output = {3, 3},
                         .kernel = {3, 3},
                         .stride = {2, 2},
                         .before = {1, 1, 0}};
  for (fake::Engine& engine : fake::behaviour().heuristics) engine.pads_unevenly = false;
  CudnnHandle cudnn(fake::library(), stream);
  EXPECT_EQ(Convolution(cudnn, shape, {}, kForwardAlone).plan(),
            "forward: engine 5, not deterministic, 0.0 MiB\n");
}

TEST_F(PlanTest, KernelGradientOf16Bits_WithoutAnEngineThatWidens_IsCast) {
  for (fake::Engine& engine : fake::behaviour().heuristics) engine.widens = false;
  for (fake::Engine& engine : fake::behaviour().fallback) engine.widens = false;
  const Element element = Element::kBfloat16;
  CudnnHandle cudnn(fake::library(), stream);
  Convolution convolution(cudnn, shape_of(element), {.element = element});
  EXPECT_TRUE(has(convolution.plan(), "cast to float32")) << convolution.plan();
  ASSERT_GE(convolution.workspace_bytes(), 4096u + 8 * 9 * 8 * 2);
  // All ones: every tap sums the pixels that it meets, numbers that bfloat16 has.
  const std::vector<float> ones(2 * 24 * 8, 1.0f);
  const DeviceArray x(stream, ones, element), dy(stream, ones, element);
  DeviceArray dkernel(stream, 8 * 9 * 8, Element::kFloat32);
  const DeviceArray workspace(stream, static_cast<std::int64_t>(convolution.workspace_bytes() / 4),
                              Element::kFloat32);
  convolution.kernel_gradient(x.data(), dy.data(), static_cast<float*>(dkernel.data()), workspace.data());
  const std::vector<float> got = dkernel.read();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::size_t tap = i / 8 % 9;
    const float rows = tap / 3 == 1 ? 4 : 3, columns = tap % 3 == 1 ? 6 : 5;
    EXPECT_EQ(got[i], 2 * rows * columns) << "at " << i;
  }
}

TEST_F(PlanTest, EveryCallThatFails_IsAnErrorWithItsNameAndText_AndNothingLeaks) {
  ASSERT_EQ(fake::live_objects(), 0);
  const ConvolutionShape shape = shape_of(Element::kFloat32);
  const auto run = [&] {
    CudnnHandle cudnn(fake::library(), stream);
    Convolution convolution(cudnn, shape, {});
    const DeviceArray x(stream, 2 * 24 * 4, Element::kFloat32), kernel(stream, 4 * 9 * 4, Element::kFloat32);
    const DeviceArray y(stream, 2 * 24 * 4, Element::kFloat32), workspace(stream, 4096, Element::kFloat32);
    convolution.forward(x.data(), kernel.data(), y.data(), workspace.data());
    stream.synchronize();
  };
  int failed = 0;
  for (const char* call :
       {"cudnnCreate", "cudnnSetStream", "cudnnBackendCreateDescriptor", "cudnnBackendSetAttribute",
        "cudnnBackendGetAttribute", "cudnnBackendFinalize", "cudnnBackendExecute"})
    for (int after = 0;; ++after) {
      fake::reset();
      fake::behaviour().failures = {{.call = call, .after = after, .status = Status::kInternalError}};
      try {
        run();
        EXPECT_GT(after, 0) << call;  // it is called once at least
        break;                        // more often than it is called
      } catch (const Error& error) {
        ++failed;
        EXPECT_TRUE(has(error.what(), call)) << error.what();
        EXPECT_TRUE(has(error.what(), "FAKE_ERROR (4000)")) << error.what();
        EXPECT_TRUE(has(error.what(), std::string("the test wants ") + call + " to fail")) << error.what();
      }
      ASSERT_EQ(fake::live_objects(), 0) << call << " after " << after;
    }
  EXPECT_GT(failed, 100);
}

TEST_F(PlanTest, AllocationThatFails_IsOutOfMemory) {
  fake::behaviour().failures = {
      {.call = "cudnnBackendExecute", .after = 0, .status = Status::kDeviceAllocationFailed}};
  CudnnHandle cudnn(fake::library(), stream);
  const ConvolutionShape shape{.input_channels = 4, .output_channels = 4};
  Convolution convolution(cudnn, shape, {}, kForwardAlone);
  const DeviceArray all(stream, 4096, Element::kFloat32);
  EXPECT_EQ(error_of([&] { convolution.forward(all.data(), all.data(), all.data(), all.data()); }).status(),
            CLN_OUT_OF_MEMORY);
}

TEST_F(PlanTest, MisalignedPointer_IsAnError) {
  CudnnHandle cudnn(fake::library(), stream);
  const ConvolutionShape shape{.input_channels = 4, .output_channels = 4};
  Convolution convolution(cudnn, shape, {}, kForwardAlone);
  const DeviceArray all(stream, 4096, Element::kFloat32);
  const void* odd = static_cast<std::byte*>(all.data()) + 8;
  EXPECT_TRUE(has(error_of([&] { convolution.forward(odd, all.data(), all.data(), all.data()); }).what(),
                  "misaligned"));
}

}  // namespace
}  // namespace convlstm::cuda::test
