// What this room needs to know of cuDNN 9: the few functions of its graph ("backend") API that we call, and
// the numbers that stand for names in them. cuDNN is loaded at run time, so nothing of it is needed to build.
//
// The names and their meaning are documented at docs.nvidia.com/deeplearning/cudnn, API reference,
// "cudnn_graph library". The documentation does not print numbers. Each one here was found equal in two or
// more public bindings to cuDNN 9 (the numbers in ROCm's HIPIFY, ZLUDA's bindings, Modular's, Rust's and
// Java's), and none has changed since version 8. The two failed allocations of Status were found in one
// alone; they only choose between two errors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace convlstm::cuda::cudnn {

using Handle = void*;             // cudnnHandle_t
using Stream = void*;             // cudaStream_t
using BackendDescriptor = void*;  // cudnnBackendDescriptor_t

// cudnnStatus_t. The thousands are the kind: 1 not initialized, 2 bad parameter, 3 not supported, 4 internal,
// 5 execution.
enum class Status : int {
  kSuccess = 0,
  kNotInitialized = 1001,
  kBadParam = 2000,
  kNotSupported = 3000,
  kInternalError = 4000,
  kHostAllocationFailed = 4003,
  kDeviceAllocationFailed = 4004,
  kExecutionFailed = 5000,
};
inline bool is_not_supported(Status status) {
  return static_cast<int>(status) / 1000 == 3;
}

// cudnnBackendDescriptorType_t
enum class DescriptorType : int {
  kConvolution = 1,
  kEngine = 2,
  kEngineConfig = 3,
  kEngineHeuristics = 4,
  kExecutionPlan = 5,
  kConvolutionForward = 10,
  kConvolutionBackwardFilter = 11,
  kConvolutionBackwardData = 12,
  kOperationGraph = 15,
  kVariantPack = 16,
  kTensor = 17,
};

// cudnnBackendAttributeName_t
enum class Attribute : int {
  kConvolutionComputeType = 100,
  kConvolutionMode = 101,
  kConvolutionDilations = 102,
  kConvolutionStrides = 103,
  kConvolutionPostPaddings = 104,
  kConvolutionPrePaddings = 105,
  kConvolutionSpatialDims = 106,
  kHeuristicsMode = 200,
  kHeuristicsOperationGraph = 201,
  kHeuristicsResults = 202,
  kEngineConfigEngine = 300,
  kPlanHandle = 400,
  kPlanEngineConfig = 401,
  kPlanWorkspaceSize = 402,
  kForwardAlpha = 700,
  kForwardBeta = 701,
  kForwardConvolution = 702,
  kForwardW = 703,
  kForwardX = 704,
  kForwardY = 705,
  kBackwardDataAlpha = 706,
  kBackwardDataBeta = 707,
  kBackwardDataConvolution = 708,
  kBackwardDataW = 709,
  kBackwardDataDx = 710,
  kBackwardDataDy = 711,
  kBackwardFilterAlpha = 712,
  kBackwardFilterBeta = 713,
  kBackwardFilterConvolution = 714,
  kBackwardFilterDw = 715,
  kBackwardFilterX = 716,
  kBackwardFilterDy = 717,
  kGraphHandle = 800,
  kGraphOperations = 801,
  kTensorByteAlignment = 900,
  kTensorDataType = 901,
  kTensorDimensions = 902,
  kTensorStrides = 903,
  kTensorUniqueId = 906,
  kPackUniqueIds = 1000,
  kPackDataPointers = 1001,
  kPackWorkspace = 1003,
  kEngineGlobalIndex = 1301,
  kEngineNumericalNotes = 1303,
};

// cudnnBackendAttributeType_t
enum class AttributeType : int {
  kHandle = 0,
  kDataType = 1,
  kInt64 = 3,
  kFloat = 4,
  kVoidPointer = 6,
  kConvolutionMode = 7,
  kHeuristicsMode = 8,
  kNumericalNote = 11,
  kBackendDescriptor = 15,
};

// cudnnDataType_t
enum class DataType : int { kFloat = 0, kHalf = 2, kBfloat16 = 9 };

// cudnnConvolutionMode_t. What neural networks call a convolution is the cross-correlation.
enum class ConvolutionMode : int { kCrossCorrelation = 1 };

// cudnnBackendHeurMode_t
enum class HeuristicsMode : int { kFallback = 2, kA = 3 };

// cudnnBackendNumericalNote_t: what an engine does to the numbers.
enum class NumericalNote : int {
  kTensorCore = 0,
  kDownConvertInputs = 1,
  kReducedPrecisionReduction = 2,
  kFft = 3,
  kNondeterministic = 4,
  kWinograd = 5,
  kWinogradTile4x4 = 6,
  kWinogradTile6x6 = 7,
  kWinogradTile13x13 = 8,
};

// The functions, as they are named and declared in the documentation.
struct Functions {
  std::size_t (*cudnnGetVersion)();  // 10000 major + 100 minor + patch, since version 9
  const char* (*cudnnGetErrorString)(Status status);
  void (*cudnnGetLastErrorString)(char* message, std::size_t max_size);
  Status (*cudnnCreate)(Handle* handle);
  Status (*cudnnDestroy)(Handle handle);
  Status (*cudnnSetStream)(Handle handle, Stream stream);
  Status (*cudnnBackendCreateDescriptor)(DescriptorType type, BackendDescriptor* descriptor);
  Status (*cudnnBackendDestroyDescriptor)(BackendDescriptor descriptor);
  Status (*cudnnBackendSetAttribute)(BackendDescriptor descriptor, Attribute name, AttributeType type,
                                     std::int64_t count, const void* elements);
  // Writes the lesser of `requested` and *count elements. Elements that are descriptors must have been
  // created.
  Status (*cudnnBackendGetAttribute)(BackendDescriptor descriptor, Attribute name, AttributeType type,
                                     std::int64_t requested, std::int64_t* count, void* elements);
  Status (*cudnnBackendFinalize)(BackendDescriptor descriptor);
  Status (*cudnnBackendExecute)(Handle handle, BackendDescriptor plan, BackendDescriptor variant_pack);
};

}  // namespace convlstm::cuda::cudnn
