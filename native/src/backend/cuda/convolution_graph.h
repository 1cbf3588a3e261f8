// A convolution or one of its gradients as a graph of cuDNN: one operation, its tensors and where it looks.
#pragma once

#include <cstdint>
#include <string>

#include "backend/cuda/convolution.h"
#include "backend/cuda/cudnn_descriptor.h"

namespace convlstm::cuda {

enum class ConvolutionOperation : std::uint8_t { kForward, kDataGradient, kKernelGradient };

// Unique ids of the tensors of every graph; gradients have the place of what they are gradients of.
inline constexpr std::int64_t kImageId = 1, kKernelId = 2, kOutputId = 3;

// Zeros after the image that the sizes ask for, the same as before it where that is possible: more engines do
// that. Throws Error(CLN_INVALID_ARGUMENT) where the sizes cannot be.
Size3 padding_after(const ConvolutionShape& shape);

// Not yet finalized. `result`: the type of what the operation writes; the other tensors have the type of
// `element`.
CudnnDescriptor make_graph(const CudnnHandle& cudnn, const ConvolutionShape& shape,
                           ConvolutionOperation operation, Element element, Element result);

// "2 images of 5x7 pixels, 3 channels to 8 of 5x7, kernel 3x3, stride 1x1, dilation 1x1, padding 1x1 before,
// 1x1 after"
std::string describe(const ConvolutionShape& shape);
const char* name_of(ConvolutionOperation operation);
const char* name_of(Element element);

}  // namespace convlstm::cuda
