// The parameters of a ConvLSTM as the kernels of hopper_arguments.h read them; bias and peepholes as the
// stepwise executor has them.
#pragma once

#include <memory>
#include <mutex>

#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/packed_weights.h"

namespace convlstm::cuda {

class HopperWeights {
 public:
  HopperWeights(std::shared_ptr<Device> device, const RecurrentDesc& desc, const HopperPlan& plan,
                Element element, std::shared_ptr<const PackedWeights> tables);

  // Those of a layer, shared by all its sessions of this device that are cut alike.
  static std::shared_ptr<const HopperWeights> of(const ParameterViews& parameters,
                                                 const std::shared_ptr<Device>& device,
                                                 const RecurrentDesc& desc, const HopperPlan& plan,
                                                 Element element,
                                                 std::shared_ptr<const PackedWeights> tables);

  // Queues what makes them those of `parameters`, where they are not.
  void refresh(const ParameterViews& parameters) const;

  const void* kernel() const { return memory_.data(); }  // [stages][columns] of kHopperStageBytes
  const PackedWeights& tables() const { return *tables_; }

 private:
  std::shared_ptr<Device> device_;
  std::int64_t hidden_;
  HopperPart x_, h_;
  std::int32_t columns_;
  Element element_;
  std::shared_ptr<const PackedWeights> tables_;
  DeviceMemory memory_;
  mutable std::mutex mutex_;
  mutable bool is_filled_ = false;
  mutable std::uint64_t version_ = 0;
};

}  // namespace convlstm::cuda
