#include "support/fake_convolution.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>

#include "backend/cuda/element.h"

namespace convlstm::cuda::fake {

using cudnn::Attribute;
using cudnn::DescriptorType;
using cudnn::NumericalNote;
using cudnn::Status;

namespace {

// Sizes as (images or output channels, channels, D, H, W), whatever the rank.
using Five = std::array<std::int64_t, 5>;
using Three = std::array<std::int64_t, 3>;

struct Tensor {
  std::int64_t id = 0, alignment = 1;
  Element element = Element::kFloat32;
  Five dims{}, strides{};
  void* data = nullptr;

  std::int64_t count() const { return dims[0] * dims[1] * dims[2] * dims[3] * dims[4]; }
  // f(index into a dense channels-last array, offset into the tensor)
  template <typename F>
  void each(const F& f) const {
    std::int64_t index = 0;
    for (std::int64_t n = 0; n < dims[0]; ++n)
      for (std::int64_t d = 0; d < dims[2]; ++d)
        for (std::int64_t h = 0; h < dims[3]; ++h)
          for (std::int64_t w = 0; w < dims[4]; ++w)
            for (std::int64_t c = 0; c < dims[1]; ++c)
              f(index++, n * strides[0] + c * strides[1] + d * strides[2] + h * strides[3] + w * strides[4]);
  }
};

Tensor read_tensor(const Descriptor& descriptor) {
  const auto dims = descriptor.integers(Attribute::kTensorDimensions);
  const auto strides = descriptor.integers(Attribute::kTensorStrides);
  const int type = descriptor.at(Attribute::kTensorDataType).as<int>().at(0);
  Tensor tensor{.id = descriptor.integer(Attribute::kTensorUniqueId),
                .alignment = descriptor.integer(Attribute::kTensorByteAlignment),
                .element = type == 0   ? Element::kFloat32
                           : type == 9 ? Element::kBfloat16
                                       : Element::kFloat16};
  tensor.dims.fill(1);
  tensor.strides.fill(0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t place = i < 2 ? i : i + 5 - dims.size();
    tensor.dims.at(place) = dims[i];
    tensor.strides.at(place) = strides[i];
  }
  return tensor;
}

Three read_three(const Descriptor& convolution, Attribute name, std::int64_t missing) {
  Three result{missing, missing, missing};
  const auto values = convolution.integers(name);
  std::copy(values.begin(), values.end(), result.end() - std::ssize(values));
  return result;
}

struct Problem {
  DescriptorType type{};
  Tensor x{}, w{}, y{};
  Three stride{}, dilation{}, before{}, after{};
  float alpha = 0, beta = 0;
};

Problem read_problem(const Descriptor& operation) {
  Problem problem{.type = operation.type};
  const auto fill = [&](Attribute convolution, Attribute x, Attribute w, Attribute y, Attribute alpha,
                        Attribute beta) {
    problem.x = read_tensor(*operation.descriptor(x));
    problem.w = read_tensor(*operation.descriptor(w));
    problem.y = read_tensor(*operation.descriptor(y));
    const Descriptor& how = *operation.descriptor(convolution);
    problem.stride = read_three(how, Attribute::kConvolutionStrides, 1);
    problem.dilation = read_three(how, Attribute::kConvolutionDilations, 1);
    problem.before = read_three(how, Attribute::kConvolutionPrePaddings, 0);
    problem.after = read_three(how, Attribute::kConvolutionPostPaddings, 0);
    problem.alpha = operation.at(alpha).as<float>().at(0);
    problem.beta = operation.at(beta).as<float>().at(0);
  };
  using A = Attribute;
  if (operation.type == DescriptorType::kConvolutionForward)
    fill(A::kForwardConvolution, A::kForwardX, A::kForwardW, A::kForwardY, A::kForwardAlpha, A::kForwardBeta);
  else if (operation.type == DescriptorType::kConvolutionBackwardData)
    fill(A::kBackwardDataConvolution, A::kBackwardDataDx, A::kBackwardDataW, A::kBackwardDataDy,
         A::kBackwardDataAlpha, A::kBackwardDataBeta);
  else
    fill(A::kBackwardFilterConvolution, A::kBackwardFilterX, A::kBackwardFilterDw, A::kBackwardFilterDy,
         A::kBackwardFilterAlpha, A::kBackwardFilterBeta);
  return problem;
}

Tensor& written(Problem& problem) {
  return problem.type == DescriptorType::kConvolutionForward        ? problem.y
         : problem.type == DescriptorType::kConvolutionBackwardData ? problem.x
                                                                    : problem.w;
}

// A tensor core reads 10 bits of a float32's fraction (nearest, ties to even, as conversions to TF32 do).
float round_to_tf32(float value) {
  const std::uint32_t bits = bits_of(value);
  return std::isfinite(value) ? float_of((bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu) : value;
}

// Dense, channels last.
std::vector<double> load(const Tensor& tensor, bool rounds) {
  std::vector<double> values(static_cast<std::size_t>(tensor.count()));
  tensor.each([&](std::int64_t index, std::int64_t offset) {
    const float value = load_element(tensor.data, offset, tensor.element);
    values[static_cast<std::size_t>(index)] =
        static_cast<double>(rounds && tensor.element == Element::kFloat32 ? round_to_tf32(value) : value);
  });
  return values;
}

// For every pair of a pixel of y and a pixel of x that a tap joins: f(x pixel, tap of the kernel, y pixel),
// counted over all images.
template <typename F>
void each_pair(const Problem& p, const F& f) {
  const Five &x = p.x.dims, &w = p.w.dims, &y = p.y.dims;
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t d = 0; d < y[2]; ++d)
      for (std::int64_t h = 0; h < y[3]; ++h)
        for (std::int64_t v = 0; v < y[4]; ++v)
          for (std::int64_t i = 0; i < w[2]; ++i)
            for (std::int64_t j = 0; j < w[3]; ++j)
              for (std::int64_t k = 0; k < w[4]; ++k) {
                const std::int64_t xd = d * p.stride[0] + i * p.dilation[0] - p.before[0];
                const std::int64_t xh = h * p.stride[1] + j * p.dilation[1] - p.before[1];
                const std::int64_t xw = v * p.stride[2] + k * p.dilation[2] - p.before[2];
                if (xd < 0 || xd >= x[2] || xh < 0 || xh >= x[3] || xw < 0 || xw >= x[4]) continue;
                f(((n * x[2] + xd) * x[3] + xh) * x[4] + xw, (i * w[3] + j) * w[4] + k,
                  ((n * y[2] + d) * y[3] + h) * y[4] + v);
              }
}

// `factor` is what the sums are multiplied by besides.
void compute(Problem p, bool rounds, double factor) {
  const bool is_forward = p.type == DescriptorType::kConvolutionForward;
  const bool is_data = p.type == DescriptorType::kConvolutionBackwardData;
  Tensor& result = written(p);
  std::vector<double> x =
      is_data ? std::vector<double>(static_cast<std::size_t>(p.x.count())) : load(p.x, rounds);
  std::vector<double> w = !is_forward && !is_data ? std::vector<double>(static_cast<std::size_t>(p.w.count()))
                                                  : load(p.w, rounds);
  std::vector<double> y =
      is_forward ? std::vector<double>(static_cast<std::size_t>(p.y.count())) : load(p.y, rounds);
  const std::int64_t inputs = p.w.dims[1], outputs = p.w.dims[0],
                     taps = p.w.dims[2] * p.w.dims[3] * p.w.dims[4];
  each_pair(p, [&](std::int64_t x_pixel, std::int64_t tap, std::int64_t y_pixel) {
    double* const xs = &x[static_cast<std::size_t>(x_pixel * inputs)];
    double* const ys = &y[static_cast<std::size_t>(y_pixel * outputs)];
    for (std::int64_t o = 0; o < outputs; ++o) {
      double* const ws = &w[static_cast<std::size_t>((o * taps + tap) * inputs)];
      if (is_forward) {
        double sum = 0;
        for (std::int64_t c = 0; c < inputs; ++c) sum += xs[c] * ws[c];
        ys[o] += sum;
      } else if (is_data) {
        for (std::int64_t c = 0; c < inputs; ++c) xs[c] += ys[o] * ws[c];
      } else {
        for (std::int64_t c = 0; c < inputs; ++c) ws[c] += ys[o] * xs[c];
      }
    }
  });
  const std::vector<double>& sums = is_forward ? y : is_data ? x : w;
  result.each([&](std::int64_t index, std::int64_t offset) {
    double value = factor * static_cast<double>(p.alpha) * sums[static_cast<std::size_t>(index)];
    // A factor of 0 does not read: what was there may be anything.
    if (p.beta != 0.0f)
      value += static_cast<double>(p.beta) *
               static_cast<double>(load_element(result.data, offset, result.element));
    store_element(result.data, offset, static_cast<float>(value), result.element);
  });
}

}  // namespace

std::string objection(const Descriptor& operation, const Engine& engine) {
  Problem problem = read_problem(operation);
  if (engine.is_refused) return "the engine refuses";
  if (!engine.pads_unevenly && problem.before != problem.after) return "uneven padding";
  const Tensor result = written(problem);
  const Tensor& other = result.id == problem.x.id ? problem.w : problem.x;
  if (!engine.widens && result.element != other.element) return "the type of the result";
  return {};
}

std::function<void()> work_of(const Descriptor& operation, const Engine& engine,
                              const std::map<std::int64_t, void*>& pointers, void* workspace) {
  Problem problem = read_problem(operation);
  for (Tensor* tensor : {&problem.x, &problem.w, &problem.y}) {
    const auto place = pointers.find(tensor->id);
    if (place == pointers.end() || place->second == nullptr)
      refuse(Status::kBadParam, "execute: tensor " + std::to_string(tensor->id) + " has no pointer");
    if (reinterpret_cast<std::uintptr_t>(place->second) % static_cast<std::uintptr_t>(tensor->alignment) != 0)
      refuse(Status::kBadParam, "execute: tensor " + std::to_string(tensor->id) + " is misaligned");
    tensor->data = place->second;
  }
  if (pointers.size() != 3) refuse(Status::kBadParam, "execute: a pointer too many");
  if (engine.workspace > 0 && workspace == nullptr) refuse(Status::kBadParam, "execute: no workspace");
  const bool rounds = std::ranges::find(engine.notes, NumericalNote::kTensorCore) != engine.notes.end();
  return [problem, rounds, workspace, bytes = engine.workspace, varies = engine.varies] {
    static std::atomic<int> runs{0};
    const double factor = varies ? 1.0 + std::ldexp(++runs % 16, -22) : 1.0;
    // Used from the first byte to the last: who gave too little, or something else's memory, shall find out.
    if (bytes > 0) std::memset(workspace, 0xff, bytes);
    compute(problem, rounds, factor);
    if (bytes > 0) std::memset(workspace, 0xff, bytes);
  };
}

}  // namespace convlstm::cuda::fake
