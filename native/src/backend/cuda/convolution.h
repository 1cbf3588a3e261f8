// One convolution on the device: forward and both gradients, by cuDNN. Tensors are dense and channels last,
// (images, D, H, W, channels); kernels (output channels, D, H, W, input channels).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "backend/cuda/cudnn_library.h"
#include "backend/cuda/stream.h"
#include "cell/layer_desc.h"

namespace convlstm::cuda {

enum class Element : std::uint8_t { kFloat32, kBfloat16, kFloat16 };

// How exact products are. Sums are always float32.
struct Precision {
  Element element = Element::kFloat32;  // of x, the kernel, y and their gradients
  bool allows_tf32 = false;       // of float32 elements: their products may lose all but 10 bits of fraction
  bool is_deterministic = false;  // two runs give the same bits
  bool allows_transforms =
      true;  // Winograd's and Fourier's algorithms, which round otherwise than the products
  bool operator==(const Precision&) const = default;
};

struct ConvolutionShape {
  std::int64_t images = 1, input_channels = 1, output_channels = 1;
  Size3 input{}, output{}, kernel{}, stride{}, dilation{};
  Size3 before{0, 0, 0};  // rows and columns of zeros ahead of the image
  int rank = 2;           // 2, where all depths are 1, or 3
  bool operator==(const ConvolutionShape&) const = default;
};

// What a convolution is made ready for.
struct ConvolutionUses {
  bool forward = true, data_gradient = true, kernel_gradient = true;
};

// Channels are a multiple of this many; callers pad with zeros.
std::int64_t channel_multiple(Element element);

// Made ready for one shape: cuDNN chooses its engines in the constructor, so that nothing is allocated,
// compiled or waited for later, and calls can be recorded. Pointers are aligned to 16 bytes. Workspace
// belongs to the caller and is used by the queued work; two convolutions of one stream may share it.
class Convolution {
 public:
  // Throws Error(CLN_UNSUPPORTED) naming the shape where cuDNN has no engine for it that `precision` allows;
  // Error(CLN_INVALID_ARGUMENT) where sizes do not fit together. `cudnn` outlives this.
  Convolution(CudnnHandle& cudnn, const ConvolutionShape& shape, const Precision& precision,
              const ConvolutionUses& uses = {});
  ~Convolution();
  Convolution(Convolution&&) noexcept;
  Convolution& operator=(Convolution&&) noexcept;

  std::size_t workspace_bytes() const;  // enough for every use
  std::string plan() const;             // a line for every use: "forward: engine 38, tensor cores, 4.0 MiB"

  // Each is an Error(CLN_INTERNAL_ERROR) where the convolution was not made ready for it.
  void forward(const void* x, const void* kernel, void* y, void* workspace);
  void data_gradient(const void* dy, const void* kernel, void* dx, void* workspace);
  // float32, whatever the elements are; overwrites.
  void kernel_gradient(const void* x, const void* dy, float* dkernel, void* workspace);

 private:
  class Operations;
  std::unique_ptr<Operations> operations_;
};

}  // namespace convlstm::cuda
