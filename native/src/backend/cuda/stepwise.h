// "cudnn_stepwise": any recurrent cell with any knob, on a CUDA device. The input convolution of all steps is
// one call; then every step is the recurrent convolutions and one kernel a stage of the cell, which adds the
// sums and the bias, runs the stage, and writes whatever comes out wherever it is read again. Backward is one
// kernel a stage and step, the data gradients of the convolutions, and at the end one kernel gradient a
// convolution over the whole sequence.
//
// Arrays are channels last. Rows of kernels and sums lie gate by gate, in the order of the parameters, each
// gate filled up to what convolutions take: so the pointwise kernels, whose threads go along the channels,
// read every gate in one run of memory, and rows of single gates are rows of kernels of their own.
//
// Precision: convolutions read and give elements (Precision; bfloat16 for layers of bfloat16 storage). The
// states c and m, h of a ConvGRU, sums of normalizations, gradients by states and parameters, and the
// parameters stay float32. In float16 the gradients are scaled (gradient_scale.h). Padding is zeros
// everywhere.
//
// The host waits for nothing inside a call and allocates nothing once a shape has run; then calls that come
// again with the same addresses are recorded and replayed.
#pragma once

#include <memory>

#include "backend/cuda/convolutions.h"
#include "backend/cuda/packed_weights.h"
#include "backend/cuda/recordings.h"
#include "backend/cuda/stepwise_tape.h"
#include "backend/executor.h"

namespace convlstm::cuda {

// Memory that a window of steps may take in working memory.
struct StepwiseLimits {
  std::size_t forward = std::size_t{256} << 20;  // for the sums of the input convolution
  std::size_t backward = std::size_t{1} << 30;   // for the gradients by rows
};

// What products of a layer may be computed in.
Precision precision_of(const Precision& allowed, const RecurrentDesc& desc);

// What the forward and the backward of one layer share.
struct StepwiseLayer {
  StepwiseLayer(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape);

  // Images of one step through `c`; all its gates, or single ones where they are dropped apart.
  ConvolutionShape shape(const StepConvolution& c, std::int64_t images, bool is_planar) const;
  // Steps that take at most `limit`.
  std::int64_t window(std::int64_t steps, std::size_t bytes_of_step, std::size_t limit) const;
  std::size_t forward_step_bytes() const;
  std::size_t backward_step_bytes() const;

  std::shared_ptr<Device> device;
  RecurrentDesc desc;
  InputShape shape_in;
  StepwisePlan plan;
  StepwiseSizes sizes;
  Precision precision;
  Convolutions convolutions;
};

class Stepwise final : public Executor {
 public:
  Stepwise(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
           const StepwiseLimits& limits = {});

  const char* name() const override { return "cudnn_stepwise"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

  const Recordings& recordings() const { return recordings_; }

 private:
  StepwiseTape tape(std::int64_t steps, bool is_training) const;
  // What must be in place before a call is queued.
  std::shared_ptr<const PackedWeights> prepare(const SequenceCall& call);
  template <typename Queue>
  void run(const CallKey& key, std::shared_ptr<const PackedWeights> weights, const Queue& queue);

  StepwiseLayer layer_;
  StepwiseLimits limits_;
  DeviceMemory forward_memory_, backward_memory_;
  DeviceMemory seed_;  // from the first call on that drops something
  Recordings recordings_;
};

}  // namespace convlstm::cuda
