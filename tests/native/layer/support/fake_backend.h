// A backend whose memory is counted, which can be of any device kind, and which fails when told to.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "backend/backend.h"

namespace convlstm::test {

// Calls with copies of what they only point to.
struct RecordedForward : ForwardCall {
  explicit RecordedForward(const ForwardCall& call)
      : ForwardCall(call),
        parameters(call.parameters.begin(), call.parameters.end()),
        initial(call.initial.begin(), call.initial.end()),
        final(call.final.begin(), call.final.end()) {}
  std::vector<ParameterViews> parameters;
  std::vector<const float*> initial;
  std::vector<float*> final;
};
struct RecordedBackward : BackwardCall {
  explicit RecordedBackward(const BackwardCall& call)
      : BackwardCall(call), gradients(call.gradients.begin(), call.gradients.end()) {}
  std::vector<Gradients> gradients;
};

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(cln_device_kind kind = CLN_DEVICE_CPU, int index = 0) : kind_(kind), index_(index) {}
  ~FakeBackend() override;

  // The allocation after `count` more ones fails, once.
  void fail_allocation_after(int count) { allocations_left_ = count; }
  void fail_runs(bool fails) { fails_runs_ = fails; }
  std::size_t live_blocks() const { return blocks_.size(); }
  int host_copies() const { return host_copies_; }

  std::vector<RecordedForward> forwards;
  std::vector<RecordedBackward> backwards;
  std::size_t reserve_bytes = 64;
  std::vector<Backend*> waited_for;
  int synchronizations = 0;
  std::function<void()> during_run;  // called from inside a forward or backward

  cln_device_kind device_kind() const override { return kind_; }
  int device_index() const override { return index_; }
  int thread_count() const override { return 1; }
  cln_policy policy() const override { return CLN_POLICY_FAST; }
  Math math() const override { return {}; }
  MemoryUse memory() const override { return {}; }
  const char* device_name() const override { return "fake"; }
  const char* instruction_set() const override { return "none"; }
  void* allocate(std::size_t bytes) override;
  void release(void* memory) noexcept override;
  void copy_in(void* device, const void* host, std::size_t bytes) override;
  void copy_out(void* host, const void* device, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void synchronize() override { ++synchronizations; }
  void wait_for(Backend& other) override { waited_for.push_back(&other); }
  std::unique_ptr<Executor> make_executor(const LayerDesc& desc, const InputShape& shape,
                                          const std::string& requested) override;
  void fill(float* data, std::int64_t count, float value) override;
  void sigmoid(float*, std::int64_t) override {}
  void copy_channels(const float*, ChannelRange, float*, ChannelRange, std::int64_t, std::int64_t,
                     std::int64_t) override {}
  void add(float*, const float*, std::int64_t) override {}
  void multiply(float*, const float*, std::int64_t) override {}
  void scale(float*, float, std::int64_t) override {}
  void loss(cln_loss, const float*, const float*, const float*, float*, std::int64_t, float*) override {}
  void decide(const StepRule& rule, std::span<const FloatArray> gradients, StepRecord* step) override;
  void update(const SgdUpdate&, const StepRecord*, const float*, float*, float*, std::int64_t) override {}
  void update(const AdamUpdate&, const StepRecord*, const float*, float*, float*, float*,
              std::int64_t) override {}

  bool fails_runs() const { return fails_runs_; }
  bool owns(const void* memory) const { return blocks_.contains(const_cast<void*>(memory)); }

 private:
  cln_device_kind kind_;
  int index_;
  int allocations_left_ = -1;
  bool fails_runs_ = false;
  int host_copies_ = 0;
  std::set<void*> blocks_;
};

}  // namespace convlstm::test
