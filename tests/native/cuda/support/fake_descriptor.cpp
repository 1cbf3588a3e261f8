#include "support/fake_descriptor.h"

#include <algorithm>
#include <span>

namespace convlstm::cuda::fake {

using cudnn::Attribute;
using cudnn::AttributeType;
using cudnn::DescriptorType;
using cudnn::Status;

namespace {

constexpr int kMostDims = 8;

// One row of the documentation's tables of attributes that can be set.
struct Rule {
  DescriptorType descriptor;
  Attribute name;
  AttributeType type;
  std::int64_t least, most;
  std::optional<DescriptorType> of{};  // the type of a descriptor that it takes
};

const std::vector<Rule>& rules() {
  using D = DescriptorType;
  using A = Attribute;
  using T = AttributeType;
  static const std::vector<Rule> table{
      {D::kTensor, A::kTensorUniqueId, T::kInt64, 1, 1},
      {D::kTensor, A::kTensorDataType, T::kDataType, 1, 1},
      {D::kTensor, A::kTensorByteAlignment, T::kInt64, 1, 1},
      {D::kTensor, A::kTensorDimensions, T::kInt64, 1, kMostDims},
      {D::kTensor, A::kTensorStrides, T::kInt64, 1, kMostDims},
      {D::kConvolution, A::kConvolutionComputeType, T::kDataType, 1, 1},
      {D::kConvolution, A::kConvolutionMode, T::kConvolutionMode, 1, 1},
      {D::kConvolution, A::kConvolutionSpatialDims, T::kInt64, 1, 1},
      {D::kConvolution, A::kConvolutionDilations, T::kInt64, 1, kMostDims},
      {D::kConvolution, A::kConvolutionStrides, T::kInt64, 1, kMostDims},
      {D::kConvolution, A::kConvolutionPrePaddings, T::kInt64, 1, kMostDims},
      {D::kConvolution, A::kConvolutionPostPaddings, T::kInt64, 1, kMostDims},
      {D::kConvolutionForward, A::kForwardAlpha, T::kFloat, 1, 1},
      {D::kConvolutionForward, A::kForwardBeta, T::kFloat, 1, 1},
      {D::kConvolutionForward, A::kForwardConvolution, T::kBackendDescriptor, 1, 1, D::kConvolution},
      {D::kConvolutionForward, A::kForwardW, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionForward, A::kForwardX, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionForward, A::kForwardY, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardData, A::kBackwardDataAlpha, T::kFloat, 1, 1},
      {D::kConvolutionBackwardData, A::kBackwardDataBeta, T::kFloat, 1, 1},
      {D::kConvolutionBackwardData, A::kBackwardDataConvolution, T::kBackendDescriptor, 1, 1,
       D::kConvolution},
      {D::kConvolutionBackwardData, A::kBackwardDataW, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardData, A::kBackwardDataDx, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardData, A::kBackwardDataDy, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterAlpha, T::kFloat, 1, 1},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterBeta, T::kFloat, 1, 1},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterConvolution, T::kBackendDescriptor, 1, 1,
       D::kConvolution},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterDw, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterX, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kConvolutionBackwardFilter, A::kBackwardFilterDy, T::kBackendDescriptor, 1, 1, D::kTensor},
      {D::kOperationGraph, A::kGraphHandle, T::kHandle, 1, 1},
      {D::kOperationGraph, A::kGraphOperations, T::kBackendDescriptor, 1, 1},
      {D::kEngineHeuristics, A::kHeuristicsOperationGraph, T::kBackendDescriptor, 1, 1, D::kOperationGraph},
      {D::kEngineHeuristics, A::kHeuristicsMode, T::kHeuristicsMode, 1, 1},
      {D::kExecutionPlan, A::kPlanHandle, T::kHandle, 1, 1},
      {D::kExecutionPlan, A::kPlanEngineConfig, T::kBackendDescriptor, 1, 1, D::kEngineConfig},
      {D::kVariantPack, A::kPackUniqueIds, T::kInt64, 1, 64},
      {D::kVariantPack, A::kPackDataPointers, T::kVoidPointer, 1, 64},
      {D::kVariantPack, A::kPackWorkspace, T::kVoidPointer, 1, 1},
  };
  return table;
}

std::string number(auto value) {
  return std::to_string(static_cast<std::int64_t>(value));
}

std::vector<std::int64_t> dims(const DescriptorPtr& tensor) {
  return tensor->integers(Attribute::kTensorDimensions);
}

void check_tensor(const Descriptor& tensor) {
  const auto dimensions = tensor.integers(Attribute::kTensorDimensions);
  const auto strides = tensor.integers(Attribute::kTensorStrides);
  if (dimensions.size() != strides.size() || dimensions.size() < 3)
    refuse(Status::kBadParam, "tensor: as many strides as dimensions, three or more");
  if (std::ranges::any_of(dimensions, [](std::int64_t n) { return n <= 0; }) ||
      std::ranges::any_of(strides, [](std::int64_t n) { return n <= 0; }))
    refuse(Status::kBadParam, "tensor: dimensions and strides are positive");
  const std::int64_t alignment = tensor.integer(Attribute::kTensorByteAlignment);
  if (alignment <= 0 || (alignment & (alignment - 1)) != 0) refuse(Status::kBadParam, "tensor: alignment");
  const auto type = tensor.at(Attribute::kTensorDataType).as<int>().at(0);
  if (type != 0 && type != 2 && type != 9) refuse(Status::kNotSupported, "tensor: data type " + number(type));
}

void check_convolution(const Descriptor& convolution) {
  const std::int64_t rank = convolution.integer(Attribute::kConvolutionSpatialDims);
  for (const Attribute name : {Attribute::kConvolutionDilations, Attribute::kConvolutionStrides,
                               Attribute::kConvolutionPrePaddings, Attribute::kConvolutionPostPaddings}) {
    const auto values = convolution.integers(name);
    const bool is_padding =
        name == Attribute::kConvolutionPrePaddings || name == Attribute::kConvolutionPostPaddings;
    if (std::ssize(values) != rank ||
        std::ranges::any_of(values, [&](std::int64_t value) { return value < (is_padding ? 0 : 1); }))
      refuse(Status::kBadParam, "convolution: attribute " + number(name));
  }
  if (convolution.at(Attribute::kConvolutionComputeType).as<int>().at(0) != 0)
    refuse(Status::kNotSupported, "convolution: compute type");
  if (convolution.at(Attribute::kConvolutionMode).as<int>().at(0) != 1)
    refuse(Status::kNotSupported, "convolution: mode");
}

void check_operation(const Descriptor& operation) {
  // The attributes of the three operations that mean the same.
  const bool is_forward = operation.type == DescriptorType::kConvolutionForward;
  const bool is_data = operation.type == DescriptorType::kConvolutionBackwardData;
  const DescriptorPtr convolution = operation.descriptor(is_forward ? Attribute::kForwardConvolution
                                                         : is_data  ? Attribute::kBackwardDataConvolution
                                                                    : Attribute::kBackwardFilterConvolution);
  const auto x = dims(operation.descriptor(is_forward ? Attribute::kForwardX
                                           : is_data  ? Attribute::kBackwardDataDx
                                                      : Attribute::kBackwardFilterX));
  const auto w = dims(operation.descriptor(is_forward ? Attribute::kForwardW
                                           : is_data  ? Attribute::kBackwardDataW
                                                      : Attribute::kBackwardFilterDw));
  const auto y = dims(operation.descriptor(is_forward ? Attribute::kForwardY
                                           : is_data  ? Attribute::kBackwardDataDy
                                                      : Attribute::kBackwardFilterDy));
  const auto rank = static_cast<std::size_t>(convolution->integer(Attribute::kConvolutionSpatialDims));
  if (x.size() != rank + 2 || w.size() != rank + 2 || y.size() != rank + 2 || x[0] != y[0] || x[1] != w[1] ||
      y[1] != w[0])
    refuse(Status::kBadParam, "operation: dimensions of x, w and y");
  const auto stride = convolution->integers(Attribute::kConvolutionStrides);
  const auto dilation = convolution->integers(Attribute::kConvolutionDilations);
  const auto before = convolution->integers(Attribute::kConvolutionPrePaddings);
  const auto after = convolution->integers(Attribute::kConvolutionPostPaddings);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t room = x[i + 2] + before[i] + after[i] - (w[i + 2] - 1) * dilation[i] - 1;
    if (room < 0 || room / stride[i] + 1 != y[i + 2])
      refuse(Status::kBadParam,
             "operation: dimension " + number(i) + " of y is not what the convolution gives");
  }
}

}  // namespace

void refuse(Status status, const std::string& text) {
  throw Refusal{status, text};
}

std::size_t bytes_of(AttributeType type) {
  switch (type) {
    case AttributeType::kInt64:
      return sizeof(std::int64_t);
    case AttributeType::kHandle:
    case AttributeType::kVoidPointer:
    case AttributeType::kBackendDescriptor:
      return sizeof(void*);
    case AttributeType::kFloat:
      return sizeof(float);
    default:
      return sizeof(int);
  }
}

const Value& Descriptor::at(Attribute name) const {
  const auto place = values.find(name);
  if (place == values.end()) refuse(Status::kBadParam, "attribute " + number(name) + " was not set");
  return place->second;
}

void set_attribute(Descriptor& descriptor, Attribute name, Value value) {
  if (descriptor.is_finalized) refuse(Status::kNotInitialized, "the descriptor has been finalized");
  const auto rule = std::ranges::find_if(
      rules(), [&](const Rule& row) { return row.descriptor == descriptor.type && row.name == name; });
  if (rule == rules().end())
    refuse(Status::kNotSupported,
           "descriptor " + number(descriptor.type) + " has no attribute " + number(name) + " to set");
  if (rule->type != value.type) refuse(Status::kBadParam, "attribute " + number(name) + ": its type");
  if (value.count < rule->least || value.count > rule->most)
    refuse(Status::kBadParam, "attribute " + number(name) + ": " + number(value.count) + " elements");
  for (const DescriptorPtr& element : value.descriptors) {
    if (!element->is_finalized) refuse(Status::kBadParam, "attribute " + number(name) + ": is not finalized");
    if (rule->of && *rule->of != element->type)
      refuse(Status::kBadParam, "attribute " + number(name) + ": its descriptor");
  }
  descriptor.values[name] = std::move(value);
}

void check_complete(const Descriptor& descriptor) {
  if (descriptor.is_finalized) refuse(Status::kBadParam, "finalized twice");
  for (const Rule& rule : rules())
    if (rule.descriptor == descriptor.type) (void)descriptor.at(rule.name);
  switch (descriptor.type) {
    case DescriptorType::kTensor:
      return check_tensor(descriptor);
    case DescriptorType::kConvolution:
      return check_convolution(descriptor);
    case DescriptorType::kConvolutionForward:
    case DescriptorType::kConvolutionBackwardData:
    case DescriptorType::kConvolutionBackwardFilter:
      return check_operation(descriptor);
    case DescriptorType::kVariantPack:
      if (descriptor.at(Attribute::kPackUniqueIds).count != descriptor.at(Attribute::kPackDataPointers).count)
        refuse(Status::kBadParam, "variant pack: as many ids as pointers");
      return;
    case DescriptorType::kEngine:
    case DescriptorType::kEngineConfig:
      refuse(Status::kNotSupported, "comes from heuristics alone here");
    case DescriptorType::kOperationGraph:
    case DescriptorType::kEngineHeuristics:
    case DescriptorType::kExecutionPlan:
      return;
  }
  refuse(Status::kBadParam, "descriptor type " + number(descriptor.type));
}

}  // namespace convlstm::cuda::fake
