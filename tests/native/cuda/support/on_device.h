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
  ExecutorPlan plan(std::int64_t steps) const override { return executor_->plan(steps); }
  std::size_t workspace_bytes() const override { return executor_->workspace_bytes(); }
  std::size_t reserve_bytes(std::int64_t steps) const override { return executor_->reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

  // What the executor's own calls did until now: how often the host waited for the device, and by how many
  // bytes the memory that the device had handed out grew.
  std::int64_t waits() const { return waits_; }
  std::size_t allocated() const { return allocated_; }

 private:
  struct Call;
  template <typename Run>
  void watch(const Run& run);

  std::shared_ptr<cuda::Device> device_;
  std::unique_ptr<Executor> executor_;
  LayerDesc desc_;
  InputShape shape_;
  std::int64_t waits_ = 0;
  std::size_t allocated_ = 0;
  // By what they are for, so that equal calls have equal addresses.
  std::map<std::string, cuda::DeviceMemory> memory_;
};

}  // namespace convlstm::test
