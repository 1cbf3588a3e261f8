// Kernels of a ConvLSTM turned around, as the products of the backward read them; bias and peepholes as the
// stepwise executor has them. And the way of the gradients by kernels into the layer's.
#pragma once

#include <memory>
#include <mutex>

#include "backend/cuda/fused_backward_plan.h"
#include "backend/cuda/packed_weights.h"

namespace convlstm::cuda {

class FusedBackwardWeights {
 public:
  FusedBackwardWeights(std::shared_ptr<Device> device, const FusedBackwardPlan& plan, Element element,
                       std::shared_ptr<const PackedWeights> tables);

  // Those of a layer, shared by all its sessions of this device that are cut alike.
  static std::shared_ptr<const FusedBackwardWeights> of(const ParameterViews& parameters,
                                                        const std::shared_ptr<Device>& device,
                                                        const FusedBackwardPlan& plan, Element element,
                                                        std::shared_ptr<const PackedWeights> tables);

  // Queues what makes them those of `parameters`, where they are not.
  void refresh(const ParameterViews& parameters) const;

  const void* input_kernel() const { return memory_.data(); }
  const void* hidden_kernel() const { return memory_.as<char>() + x_bytes_; }
  const PackedWeights& tables() const { return *tables_; }

 private:
  std::shared_ptr<Device> device_;
  TransposedPart x_, h_;
  Element element_;
  std::size_t x_bytes_;
  std::shared_ptr<const PackedWeights> tables_;
  DeviceMemory memory_;
  mutable std::mutex mutex_;
  mutable bool is_filled_ = false;
  mutable std::uint64_t version_ = 0;
};

// Sums of run_fused_kernel_gradient: adds up their parts, always in the same order, and adds that to the
// gradients.
struct KernelSums {
  FusedPart x, h;  // of the columns
  const float* sums;
  std::int32_t parts, vector_channels, padded;
  std::int64_t row_count, column_count;  // of whole tiles
  std::int64_t hidden;
  const float* scale;              // multiplied with scale[1]; null: 1
  float *x_gradient, *h_gradient;  // OIHW, gates i f g o; null: not wanted
};
void add_kernel_sums(Stream& stream, const KernelSums& work);

}  // namespace convlstm::cuda
