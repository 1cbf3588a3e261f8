// A convolution layer on a CUDA device: one call of cuDNN for as many steps as fit into the working memory.
#pragma once

#include <memory>
#include <mutex>

#include "backend/cuda/convolutions.h"
#include "backend/cuda/gradient_scale.h"
#include "backend/cuda/parameter_gradients.h"
#include "backend/cuda/recordings.h"
#include "backend/executor.h"

namespace convlstm::cuda {

class ConvolutionLayer final : public Executor {
 public:
  static constexpr std::size_t kWindowBytes = std::size_t{256} << 20;

  ConvolutionLayer(std::shared_ptr<Device> device, const ConvDesc& desc, const InputShape& shape,
                   std::size_t window_bytes = kWindowBytes);

  const char* name() const override { return "cudnn_stepwise"; }
  std::size_t workspace_bytes() const override { return memory_.bytes() + convolutions_.workspace_bytes(); }
  std::size_t reserve_bytes(std::int64_t) const override { return 0; }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // The kernel as cuDNN reads it: made once for every version of the parameters, always in the same place.
  struct Kernel {
    DeviceMemory memory;
    mutable std::mutex mutex;
    mutable bool is_filled = false;
    mutable std::uint64_t version = 0;
  };
  // Working memory: elements of x and y of a window; for the backward sums as well.
  struct Buffers {
    void *x = nullptr, *y = nullptr;
    float *kernel_gradient = nullptr, *room = nullptr, *scale = nullptr;
  };

  std::shared_ptr<const Kernel> packed(const ParameterViews& parameters);
  std::int64_t window(std::int64_t steps) const;
  Buffers buffers(std::int64_t window);
  SourceView source(void* data, const ImageGrid& grid) const;
  Convolution& convolution(std::int64_t steps, ConvolutionUse use);
  void queue_forward(const ForwardCall& call, const void* kernel, const Buffers& at, std::int64_t window);
  void queue_backward(const BackwardCall& call, const void* kernel, const Buffers& at, std::int64_t window);
  template <typename Queue>
  void run(const CallKey& key, std::shared_ptr<const Kernel> kernel, const Queue& queue);

  std::shared_ptr<Device> device_;
  Element element_;
  std::int64_t batch_;
  std::size_t window_bytes_;
  KernelLayout layout_;
  ConvolutionShape shape_;
  ImageGrid x_grid_, y_grid_;
  Convolutions convolutions_;
  DeviceMemory memory_;
  Recordings recordings_;
};

}  // namespace convlstm::cuda
