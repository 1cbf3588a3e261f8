#include "support/fake_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "core/error.h"

namespace convlstm::test {
namespace {

class FakeExecutor final : public Executor {
 public:
  explicit FakeExecutor(FakeBackend& backend) : backend_(backend) {}
  const char* name() const override { return "fake"; }
  std::size_t workspace_bytes() const override { return 100 * (1 + backend_.forwards.size()); }
  std::size_t reserve_bytes(std::int64_t steps) const override {
    return backend_.reserve_bytes * static_cast<std::size_t>(steps);
  }
  void forward(const ForwardCall& call) override {
    backend_.forwards.emplace_back(call);
    if (backend_.during_run) std::exchange(backend_.during_run, nullptr)();
    if (backend_.fails_runs()) fail(CLN_DEVICE_ERROR, "the device is on fire");
    *call.y.data = 1.0f;
  }
  void backward(const BackwardCall& call) override {
    backend_.backwards.emplace_back(call);
    if (backend_.during_run) std::exchange(backend_.during_run, nullptr)();
    if (backend_.fails_runs()) fail(CLN_DEVICE_ERROR, "the device is on fire");
  }

 private:
  FakeBackend& backend_;
};

}  // namespace

FakeBackend::~FakeBackend() {
  EXPECT_TRUE(blocks_.empty()) << blocks_.size() << " blocks are still held";
}

void* FakeBackend::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (allocations_left_ >= 0 && allocations_left_-- == 0)
    fail(CLN_OUT_OF_MEMORY, "the fake has no ", bytes, " bytes");
  void* const memory = ::operator new(bytes);
  blocks_.insert(memory);
  return memory;
}

void FakeBackend::release(void* memory) noexcept {
  EXPECT_EQ(blocks_.erase(memory), 1u);
  ::operator delete(memory);
}

void FakeBackend::copy_in(void* device, const void* host, std::size_t bytes) {
  ++host_copies_;
  copy(device, host, bytes);
}

void FakeBackend::copy_out(void* host, const void* device, std::size_t bytes) {
  ++host_copies_;
  copy(host, device, bytes);
}

void FakeBackend::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

std::unique_ptr<Executor> FakeBackend::make_executor(const LayerDesc&, const InputShape&,
                                                     const std::string&) {
  return std::make_unique<FakeExecutor>(*this);
}

void FakeBackend::fill(float* data, std::int64_t count, float value) {
  std::fill_n(data, count, value);
}

void FakeBackend::decide(const StepRule& rule, std::span<const FloatArray> gradients, StepRecord* step) {
  double squares = 0;
  for (const FloatArray& array : gradients)
    for (std::int64_t i = 0; i < array.count; ++i)
      squares += static_cast<double>(array.data[i]) * static_cast<double>(array.data[i]);
  decide_step(*step, rule, squares);
}

}  // namespace convlstm::test
