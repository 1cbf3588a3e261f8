// The convolutions that one executor has made ready, and the memory that they work in.
#pragma once

#include <deque>

#include "backend/cuda/convolution.h"
#include "backend/cuda/device.h"
#include "cell/convolution.h"

namespace convlstm::cuda {

enum class ConvolutionUse { kForward, kDataGradient, kKernelGradient };

class Convolutions {
 public:
  explicit Convolutions(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  // Made when first asked for.
  Convolution& get(const ConvolutionShape& shape, const Precision& precision, ConvolutionUse use);
  // Enough for all of them; it moves when a convolution that needs more is made.
  void* workspace();
  std::size_t workspace_bytes() const { return workspace_.bytes(); }

 private:
  struct Entry {
    ConvolutionShape shape;
    Precision precision;
    ConvolutionUse use;
    Convolution convolution;
  };
  std::shared_ptr<Device> device_;
  std::deque<Entry> entries_;
  std::size_t needed_ = 0;
  DeviceMemory workspace_;
};

// A kernel of these axes; images and channels are still to be set.
ConvolutionShape shape_of(const Axes& axes);

}  // namespace convlstm::cuda
