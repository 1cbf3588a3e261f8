// Convolutions against the oracle's sums: random sizes, every type of elements, forward and both gradients.
// cuDNN is the fake one, which computes what its descriptors say: so these tests are about what we tell
// cuDNN.
#include "backend/cuda/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "backend/cpu/reference_correlation.h"
#include "backend/cuda/convolution_graph.h"
#include "core/error.h"
#include "support/device_array.h"

namespace convlstm::cuda::test {
namespace {

using cpu::reference::Correlation;
using cpu::reference::Doubles;
using cpu::reference::size_of;

class ConvolutionTest : public testing::Test {
 protected:
  std::int64_t whole(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  }
  // Numbers that the type of elements has.
  std::vector<float> numbers(std::int64_t count, Element element) {
    std::vector<float> values(size_of(count));
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& value : values) {
      std::uint32_t bits = 0;
      store_element(&bits, 0, uniform(random), element);
      value = load_element(&bits, 0, element);
    }
    return values;
  }
  ConvolutionShape random_shape(Element element) {
    const std::int64_t multiple = channel_multiple(element);
    ConvolutionShape shape{.images = whole(1, 3),
                           .input_channels = multiple * whole(1, 2),
                           .output_channels = multiple * whole(1, 3),
                           .rank = whole(0, 3) == 0 ? 3 : 2};
    const auto draw = [&](std::int64_t Size3::*axis) {
      shape.kernel.*axis = whole(1, 4);
      shape.stride.*axis = whole(1, 3);
      shape.dilation.*axis = whole(1, 2);
      shape.before.*axis = whole(0, 2);
      const std::int64_t reach = (shape.kernel.*axis - 1) * shape.dilation.*axis + 1;
      shape.input.*axis = std::max<std::int64_t>(whole(1, 8), reach - shape.before.*axis);
      // After the image: zeros or nothing, as the output says.
      const std::int64_t after = whole(0, 2);
      shape.output.*axis = (shape.input.*axis + shape.before.*axis + after - reach) / shape.stride.*axis + 1;
    };
    draw(&Size3::h);
    draw(&Size3::w);
    if (shape.rank == 3)
      draw(&Size3::d);
    else
      shape.before.d = 0;
    return shape;
  }

  void check(const ConvolutionShape& shape, const Precision& precision);

  const std::uint32_t seed = std::random_device{}();
  std::mt19937 random{seed};
};

Correlation correlation_of(const ConvolutionShape& s) {
  const auto axis = [&](std::int64_t Size3::*m) {
    return Axis{s.input.*m, s.output.*m, s.kernel.*m, s.stride.*m, s.dilation.*m, s.before.*m};
  };
  return {{axis(&Size3::d), axis(&Size3::h), axis(&Size3::w)}, s.input_channels, s.output_channels};
}

// (pixels, channels) to (channels, pixels) and back.
Doubles planes(const float* values, std::int64_t pixels, std::int64_t channels) {
  Doubles result(size_of(pixels * channels));
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t c = 0; c < channels; ++c)
      result[size_of(c * pixels + p)] = static_cast<double>(values[p * channels + c]);
  return result;
}

struct Arrays {
  std::vector<float> x, kernel, dy;
};
struct Expected {
  Doubles y, dx, dkernel;  // channels last
};

Expected expect(const ConvolutionShape& s, const Arrays& given) {
  const Correlation correlation = correlation_of(s);
  const std::int64_t in = s.input.area(), out = s.output.area(), taps = s.kernel.area();
  Doubles kernel;  // (O, I, taps)
  for (std::int64_t o = 0; o < s.output_channels; ++o) {
    const Doubles one = planes(&given.kernel[size_of(o * taps * s.input_channels)], taps, s.input_channels);
    kernel.insert(kernel.end(), one.begin(), one.end());
  }
  Expected result;
  const auto append = [](Doubles& to, const Doubles& from, std::int64_t pixels, std::int64_t channels) {
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t c = 0; c < channels; ++c) to.push_back(from[size_of(c * pixels + p)]);
  };
  Doubles dkernel(kernel.size());
  for (std::int64_t n = 0; n < s.images; ++n) {
    const Doubles x = planes(&given.x[size_of(n * in * s.input_channels)], in, s.input_channels);
    const Doubles dy = planes(&given.dy[size_of(n * out * s.output_channels)], out, s.output_channels);
    Doubles y(dy.size()), dx(x.size());
    correlation.forward(x.data(), kernel.data(), y.data());
    correlation.backward_data(dy.data(), kernel.data(), dx.data());
    correlation.backward_kernel(dy.data(), x.data(), dkernel.data());
    append(result.y, y, out, s.output_channels);
    append(result.dx, dx, in, s.input_channels);
  }
  for (std::int64_t o = 0; o < s.output_channels; ++o)
    append(result.dkernel,
           Doubles(&dkernel[size_of(o * s.input_channels * taps)],
                   &dkernel[size_of(o * s.input_channels * taps)] + s.input_channels * taps),
           taps, s.input_channels);
  return result;
}

// NaN is never near.
void expect_near(const std::vector<float>& got, const Doubles& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_LE(std::abs(static_cast<double>(got[i]) - expected[i]), tolerance * (1 + std::abs(expected[i])))
        << "at " << i << ": " << got[i] << " for " << expected[i];
}

bool is_emulated() {
  return default_cudnn()->origin() == "fake";
}

// Of sums of a thousand products of numbers below 1. The fake sums in double precision.
double tolerance_of(const Precision& precision) {
  if (precision.element == Element::kBfloat16) return 1e-2;
  if (precision.element == Element::kFloat16) return 2e-3;
  if (precision.allows_tf32) return 1e-2;
  return is_emulated() ? 1e-6 : precision.allows_transforms ? 1e-3 : 5e-5;
}

std::int64_t case_count() {
  const char* count = std::getenv("CLN_RANDOM_CASES");
  return count != nullptr ? std::atoll(count) : 60;
}

void ConvolutionTest::check(const ConvolutionShape& shape, const Precision& precision) {
  const Element element = precision.element;
  const Arrays given{numbers(shape.images * shape.input.area() * shape.input_channels, element),
                     numbers(shape.output_channels * shape.kernel.area() * shape.input_channels, element),
                     numbers(shape.images * shape.output.area() * shape.output_channels, element)};
  const Expected expected = expect(shape, given);
  Stream stream(0);
  CudnnHandle cudnn(default_cudnn(), stream);
  Convolution convolution(cudnn, shape, precision);
  const DeviceArray x(stream, given.x, element), kernel(stream, given.kernel, element),
      dy(stream, given.dy, element);
  DeviceArray y(stream, std::ssize(given.dy), element), dx(stream, std::ssize(given.x), element);
  DeviceArray dkernel(stream, std::ssize(given.kernel), Element::kFloat32);
  const DeviceArray workspace(stream, static_cast<std::int64_t>(convolution.workspace_bytes() + 3) / 4,
                              Element::kFloat32);
  convolution.forward(x.data(), kernel.data(), y.data(), workspace.data());
  convolution.data_gradient(dy.data(), kernel.data(), dx.data(), workspace.data());
  convolution.kernel_gradient(x.data(), dy.data(), static_cast<float*>(dkernel.data()), workspace.data());

  SCOPED_TRACE(convolution.plan());
  const double tolerance = tolerance_of(precision);
  expect_near(y.read(), expected.y, tolerance);
  expect_near(dx.read(), expected.dx, tolerance);
  // float32 of exact products, but where it is cast.
  const bool is_exact = element != Element::kFloat32 && convolution.plan().find("cast") == std::string::npos;
  expect_near(dkernel.read(), expected.dkernel, is_exact ? 5e-5 : tolerance);
}

TEST_F(ConvolutionTest, RandomShapes_AgreeWithTheOracle) {
  const Precision precisions[] = {{},
                                  {.allows_tf32 = true},
                                  {.is_deterministic = true},
                                  {.allows_transforms = false},
                                  {.element = Element::kBfloat16},
                                  {.element = Element::kFloat16, .is_deterministic = true}};
  std::int64_t refused = 0;
  for (std::int64_t round = 0; round < case_count(); ++round) {
    const ConvolutionShape shape = random_shape(precisions[round % std::ssize(precisions)].element);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", round " << round << ": " << describe(shape));
    try {
      check(shape, precisions[round % std::ssize(precisions)]);
    } catch (const Error& error) {
      // cuDNN may have no engine for zeros that are not the same before and after: the error says so.
      ++refused;
      EXPECT_EQ(error.status(), CLN_UNSUPPORTED) << error.what();
      EXPECT_FALSE(is_emulated()) << error.what();
      EXPECT_FALSE(padding_after(shape) == shape.before) << error.what();
      std::cout << error.what() << "\n";
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_LT(refused, case_count());
}

TEST_F(ConvolutionTest, Recorded_RunsAgainWithOtherNumbers) {
  const ConvolutionShape shape{
      .images = 1, .input_channels = 4, .output_channels = 4, .input = {3, 3}, .output = {3, 3}};
  Stream stream(0);
  CudnnHandle cudnn(default_cudnn(), stream);
  Convolution convolution(cudnn, shape, {}, {.data_gradient = false, .kernel_gradient = false});
  std::vector<float> identity(16, 0.0f);
  for (std::size_t i = 0; i < 4; ++i) identity[i * 5] = 1.0f;
  const DeviceArray x(stream, 36, Element::kFloat32), kernel(stream, identity, Element::kFloat32);
  DeviceArray y(stream, 36, Element::kFloat32);
  const DeviceArray workspace(stream, static_cast<std::int64_t>(convolution.workspace_bytes() / 4),
                              Element::kFloat32);
  const auto recorded =
      record(stream, [&] { convolution.forward(x.data(), kernel.data(), y.data(), workspace.data()); });
  for (int round = 0; round < 2; ++round) {
    const std::vector<float> values = numbers(36, Element::kFloat32);
    stream.copy_to_device(x.data(), values.data(), x.bytes());
    stream.replay(*recorded);
    EXPECT_EQ(y.read(), values);
  }
}

TEST_F(ConvolutionTest, UseThatWasNotAskedFor_IsAnError) {
  const ConvolutionShape shape{.input_channels = 4, .output_channels = 4};
  Stream stream(0);
  CudnnHandle cudnn(default_cudnn(), stream);
  Convolution convolution(cudnn, shape, {}, {.kernel_gradient = false});
  EXPECT_THROW(convolution.kernel_gradient(nullptr, nullptr, nullptr, nullptr), Error);
}

TEST_F(ConvolutionTest, SizesThatDoNotFit_AreRefused) {
  Stream stream(0);
  CudnnHandle cudnn(default_cudnn(), stream);
  const auto make = [&](const ConvolutionShape& shape) {
    Convolution(cudnn, shape, {.element = Element::kBfloat16});
  };
  const ConvolutionShape good{
      .input_channels = 8, .output_channels = 8, .input = {5, 5}, .output = {3, 3}, .kernel = {3, 3}};
  EXPECT_NO_THROW(make(good));
  ConvolutionShape odd = good;
  odd.input_channels = 12;
  EXPECT_THROW(make(odd), Error);
  ConvolutionShape small = good;
  small.output.w = 2;  // the kernel reaches a third column
  EXPECT_THROW(make(small), Error);
  ConvolutionShape flat = good;
  flat.rank = 1;
  EXPECT_THROW(make(flat), Error);
}

}  // namespace
}  // namespace convlstm::cuda::test
