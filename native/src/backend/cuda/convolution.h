// One convolution on the device: forward and both gradients, by cuDNN. Tensors are dense and channels last,
// (images, D, H, W, channels); kernels (output channels, D, H, W, input channels).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "backend/cuda/stream.h"
#include "cell/layer_desc.h"

namespace convlstm::cuda {

class CudnnLibrary;  // cudnn_library.h: the functions of cuDNN, loaded at run time

enum class Element : std::uint8_t { kFloat32, kBfloat16, kFloat16 };

// How exact products are. Sums are always float32.
struct Precision {
  Element element = Element::kFloat32;  // of x, the kernel, y and their gradients
  bool allows_tf32 = false;       // of float32 elements: their products may lose all but 10 bits of fraction
  bool is_deterministic = false;  // two runs give the same bits
};

struct ConvolutionShape {
  std::int64_t images = 1, input_channels = 1, output_channels = 1;
  Size3 input, output, kernel, stride, dilation,
      before;    // before: rows and columns of zeros ahead of the image
  int rank = 2;  // 2 or 3
  bool operator==(const ConvolutionShape&) const = default;
};

// Channels are a multiple of this many; callers pad with zeros.
std::int64_t channel_multiple(Element element);

// Made ready for one shape; plans are chosen when an operation is first asked for. Workspace belongs to the
// caller and is used by the queued work: workspace_bytes() covers all three.
class Convolution {
 public:
  // Throws Error(CLN_UNSUPPORTED) naming the shape where cuDNN has no engine for it.
  Convolution(Stream& stream, const CudnnLibrary& cudnn, const ConvolutionShape& shape,
              const Precision& precision);
  ~Convolution();
  Convolution(Convolution&&) noexcept;

  std::size_t workspace_bytes() const;
  std::string plan() const;  // engine and its notes, one line an operation
  void forward(const void* x, const void* kernel, void* y, void* workspace);
  void data_gradient(const void* dy, const void* kernel, void* dx, void* workspace);
  // float32, whatever the elements are; overwrites.
  void kernel_gradient(const void* x, const void* dy, float* dkernel, void* workspace);

 private:
  class Operations;
  std::unique_ptr<Operations> operations_;
};

}  // namespace convlstm::cuda
