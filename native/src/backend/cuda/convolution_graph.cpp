#include "backend/cuda/convolution_graph.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/error.h"

namespace convlstm::cuda {

using cudnn::Attribute;
using cudnn::DescriptorType;

namespace {

// Numbers of a description for cuDNN, in its order: images, channels, D (of rank 3), H, W.
struct Numbers {
  std::array<std::int64_t, 5> values{};
  std::size_t count = 0;
  void add(std::int64_t value) { values[count++] = value; }
  operator std::span<const std::int64_t>() const { return {values.data(), count}; }
};

Numbers spatial(const Size3& size, int rank) {
  Numbers numbers;
  if (rank == 3) numbers.add(size.d);
  numbers.add(size.h);
  numbers.add(size.w);
  return numbers;
}

CudnnDescriptor make_tensor(const CudnnLibrary& library, std::int64_t id, std::int64_t images,
                            std::int64_t channels, const Size3& size, int rank, Element element) {
  Numbers dimensions, strides;
  dimensions.add(images);
  dimensions.add(channels);
  strides.add(size.area() * channels);
  strides.add(1);
  if (rank == 3) {
    dimensions.add(size.d);
    strides.add(size.h * size.w * channels);
  }
  dimensions.add(size.h);
  dimensions.add(size.w);
  strides.add(size.w * channels);
  strides.add(channels);
  CudnnDescriptor tensor(library, DescriptorType::kTensor);
  tensor.set(Attribute::kTensorUniqueId, id)
      .set(Attribute::kTensorDataType, element == Element::kFloat32    ? cudnn::DataType::kFloat
                                       : element == Element::kBfloat16 ? cudnn::DataType::kBfloat16
                                                                       : cudnn::DataType::kHalf)
      .set(Attribute::kTensorByteAlignment, std::int64_t{16})
      .set(Attribute::kTensorDimensions, dimensions)
      .set(Attribute::kTensorStrides, strides)
      .finalize();
  return tensor;
}

CudnnDescriptor make_convolution(const CudnnLibrary& library, const ConvolutionShape& shape) {
  CudnnDescriptor convolution(library, DescriptorType::kConvolution);
  convolution.set(Attribute::kConvolutionComputeType, cudnn::DataType::kFloat)
      .set(Attribute::kConvolutionMode, cudnn::ConvolutionMode::kCrossCorrelation)
      .set(Attribute::kConvolutionSpatialDims, std::int64_t{shape.rank})
      .set(Attribute::kConvolutionPrePaddings, spatial(shape.before, shape.rank))
      .set(Attribute::kConvolutionPostPaddings, spatial(padding_after(shape), shape.rank))
      .set(Attribute::kConvolutionStrides, spatial(shape.stride, shape.rank))
      .set(Attribute::kConvolutionDilations, spatial(shape.dilation, shape.rank))
      .finalize();
  return convolution;
}

// The names of the attributes that the three operations give the same things.
struct OperationNames {
  DescriptorType type;
  Attribute convolution, image, kernel, output, alpha, beta;
};

OperationNames names_of(ConvolutionOperation operation) {
  switch (operation) {
    case ConvolutionOperation::kForward:
      return {DescriptorType::kConvolutionForward,
              Attribute::kForwardConvolution,
              Attribute::kForwardX,
              Attribute::kForwardW,
              Attribute::kForwardY,
              Attribute::kForwardAlpha,
              Attribute::kForwardBeta};
    case ConvolutionOperation::kDataGradient:
      return {DescriptorType::kConvolutionBackwardData,
              Attribute::kBackwardDataConvolution,
              Attribute::kBackwardDataDx,
              Attribute::kBackwardDataW,
              Attribute::kBackwardDataDy,
              Attribute::kBackwardDataAlpha,
              Attribute::kBackwardDataBeta};
    case ConvolutionOperation::kKernelGradient:
      return {DescriptorType::kConvolutionBackwardFilter,
              Attribute::kBackwardFilterConvolution,
              Attribute::kBackwardFilterX,
              Attribute::kBackwardFilterDw,
              Attribute::kBackwardFilterDy,
              Attribute::kBackwardFilterAlpha,
              Attribute::kBackwardFilterBeta};
  }
  fail(CLN_INTERNAL_ERROR, "operation: expected a convolution");
}

std::int64_t padding_after(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                           std::int64_t dilation, std::int64_t before) {
  const std::int64_t covered = (output - 1) * stride + (kernel - 1) * dilation + 1;
  const std::int64_t least = covered - input - before;  // and up to stride - 1 more give the same output
  const std::int64_t most = least + stride - 1;
  if (most < 0 || before < 0)
    fail(CLN_INVALID_ARGUMENT, "convolution: expected an output of ",
         (input + before - (kernel - 1) * dilation - 1) / stride + 1, " or more from an input of ", input,
         ", got ", output);
  return std::clamp(before, std::max<std::int64_t>(least, 0), most);
}

std::string text_of(const Size3& size, int rank) {
  return (rank == 3 ? std::to_string(size.d) + "x" : "") + std::to_string(size.h) + "x" +
         std::to_string(size.w);
}

}  // namespace

Size3 padding_after(const ConvolutionShape& shape) {
  const auto along = [&](auto member) {
    return padding_after(shape.input.*member, shape.output.*member, shape.kernel.*member,
                         shape.stride.*member, shape.dilation.*member, shape.before.*member);
  };
  return {.h = along(&Size3::h), .w = along(&Size3::w), .d = shape.rank == 3 ? along(&Size3::d) : 0};
}

CudnnDescriptor make_graph(const CudnnHandle& cudnn, const ConvolutionShape& shape,
                           ConvolutionOperation operation, Element element, Element result) {
  const CudnnLibrary& library = cudnn.library();
  const auto type_of = [&](ConvolutionOperation writer) { return operation == writer ? result : element; };
  const CudnnDescriptor image =
      make_tensor(library, kImageId, shape.images, shape.input_channels, shape.input, shape.rank,
                  type_of(ConvolutionOperation::kDataGradient));
  const CudnnDescriptor kernel =
      make_tensor(library, kKernelId, shape.output_channels, shape.input_channels, shape.kernel, shape.rank,
                  type_of(ConvolutionOperation::kKernelGradient));
  const CudnnDescriptor output =
      make_tensor(library, kOutputId, shape.images, shape.output_channels, shape.output, shape.rank,
                  type_of(ConvolutionOperation::kForward));
  const CudnnDescriptor convolution = make_convolution(library, shape);

  const OperationNames names = names_of(operation);
  CudnnDescriptor node(library, names.type);
  node.set(names.convolution, convolution)
      .set(names.image, image)
      .set(names.kernel, kernel)
      .set(names.output, output)
      .set(names.alpha, 1.0f)
      .set(names.beta, 0.0f)
      .finalize();
  CudnnDescriptor graph(library, DescriptorType::kOperationGraph);
  graph.set(Attribute::kGraphHandle, cudnn).set(Attribute::kGraphOperations, node);
  return graph;
}

std::string describe(const ConvolutionShape& shape) {
  const auto text = [&](const Size3& size) { return text_of(size, shape.rank); };
  return std::to_string(shape.images) + " images of " + text(shape.input) + " pixels, " +
         std::to_string(shape.input_channels) + " channels to " + std::to_string(shape.output_channels) +
         " of " + text(shape.output) + ", kernel " + text(shape.kernel) + ", stride " + text(shape.stride) +
         ", dilation " + text(shape.dilation) + ", padding " + text(shape.before) + " before, " +
         text(padding_after(shape)) + " after";
}

const char* name_of(ConvolutionOperation operation) {
  switch (operation) {
    case ConvolutionOperation::kForward:
      return "forward";
    case ConvolutionOperation::kDataGradient:
      return "data gradient";
    case ConvolutionOperation::kKernelGradient:
      return "kernel gradient";
  }
  return "?";
}

const char* name_of(Element element) {
  switch (element) {
    case Element::kFloat32:
      return "float32";
    case Element::kBfloat16:
      return "bfloat16";
    case Element::kFloat16:
      return "float16";
  }
  return "?";
}

}  // namespace convlstm::cuda
