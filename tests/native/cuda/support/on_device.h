// An executor of the CUDA backend behind the calls of the tests, which have host memory: every array goes to
// the device and back, as it is, poison included.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "backend/cuda/device.h"
#include "backend/executor.h"

namespace convlstm::test {

class OnDevice final : public Executor {
 public:
  OnDevice(std::shared_ptr<cuda::Device> device, std::unique_ptr<Executor> executor, const LayerDesc& desc,
           const InputShape& shape);

  const char* name() const override { return executor_->name(); }
  std::size_t workspace_bytes() const override { return executor_->workspace_bytes(); }
  std::size_t reserve_bytes(std::int64_t steps) const override { return executor_->reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  struct Call;

  std::shared_ptr<cuda::Device> device_;
  std::unique_ptr<Executor> executor_;
  LayerDesc desc_;
  InputShape shape_;
  // By what they are for, so that equal calls have equal addresses.
  std::map<std::string, cuda::DeviceMemory> memory_;
};

}  // namespace convlstm::test
