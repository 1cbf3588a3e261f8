// The parameters of a ConvLSTM as fused kernels read them: both kernels in one array, packed as one kind of
// them has it; bias and peepholes as the stepwise executor has them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "backend/cuda/packed_weights.h"

namespace convlstm::cuda {

// A way to pack both kernels of one layer.
struct FusedPacking {
  std::string form;  // the same where a layer's kernels are packed alike, and else another
  std::size_t bytes;
  // Queues it. From kernels in OIHW, gates i f g o.
  std::function<void(Stream& stream, const float* x_kernel, const float* h_kernel, void* packed)> pack;
};

class FusedWeights {
 public:
  FusedWeights(std::shared_ptr<Device> device, FusedPacking packing,
               std::shared_ptr<const PackedWeights> tables);

  // Those of a layer, shared by all its sessions of this device that pack alike.
  static std::shared_ptr<const FusedWeights> of(const ParameterViews& parameters,
                                                const std::shared_ptr<Device>& device, FusedPacking packing,
                                                std::shared_ptr<const PackedWeights> tables);

  // Queues what makes them those of `parameters`, where they are not.
  void refresh(const ParameterViews& parameters) const;

  const void* kernels() const { return memory_.data(); }
  const PackedWeights& tables() const { return *tables_; }

 private:
  std::shared_ptr<Device> device_;
  FusedPacking packing_;
  std::shared_ptr<const PackedWeights> tables_;
  DeviceMemory memory_;
  mutable std::mutex mutex_;
  mutable bool is_filled_ = false;
  mutable std::uint64_t version_ = 0;
};

}  // namespace convlstm::cuda
