// The persistent kernel of one ConvLSTM made ready: its plan, and what of it lies on the device.
#pragma once

#include <memory>
#include <string>

#include "backend/cuda/device.h"
#include "backend/cuda/persistent_plan.h"

namespace convlstm::cuda {

class Persistent {
 public:
  Persistent(const std::shared_ptr<Device>& device, PersistentPlan plan, FusedProducts products);

  const PersistentPlan& plan() const { return plan_; }
  std::size_t bytes() const { return distances_.bytes() + sources_.bytes() + flags_.bytes(); }

  // What the plan says of the layer. The caller fills in the rest, and queues it with run().
  PersistentSequence sequence() const;
  void run(const PersistentSequence& work) const;

 private:
  std::shared_ptr<Device> device_;
  PersistentPlan plan_;
  FusedProducts products_;
  DeviceMemory distances_, sources_, flags_;
};

}  // namespace convlstm::cuda
