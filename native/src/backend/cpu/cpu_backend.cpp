#include "backend/cpu/cpu_backend.h"

#include <cstring>
#include <new>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "backend/cpu/ops.h"
#include "core/error.h"

namespace convlstm::cpu {
namespace {

constexpr std::align_val_t kAlignment{64};

class CpuBackend final : public Backend {
 public:
  CpuBackend(int threads, cln_policy policy)
      : device_{ThreadPool(threads), select_kernels()}, policy_(policy) {}

  cln_device_kind device_kind() const override { return CLN_DEVICE_CPU; }
  int device_index() const override { return 0; }
  int thread_count() const override { return device_.pool.size(); }
  cln_policy policy() const override { return policy_; }
  Math math() const override { return {CLN_MATH_FLOAT32, true}; }
  MemoryUse memory() const override { return {}; }
  const char* device_name() const override { return "cpu"; }
  std::string device_model() const override { return processor_name(); }
  const char* instruction_set() const override { return device_.kernels.name; }

  void* allocate(std::size_t bytes) override {
    constexpr std::size_t address_space = std::size_t{1} << 47;
    if (bytes == 0) return nullptr;
    void* memory = bytes < address_space ? ::operator new(bytes, kAlignment, std::nothrow) : nullptr;
    if (memory == nullptr) fail(CLN_OUT_OF_MEMORY, "the host has no ", bytes, " bytes of memory");
    return memory;
  }
  void release(void* memory) noexcept override { ::operator delete(memory, kAlignment); }
  void copy_in(void* device, const void* host, std::size_t bytes) override { copy(device, host, bytes); }
  void copy_out(void* host, const void* device, std::size_t bytes) override { copy(host, device, bytes); }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes > 0) std::memmove(to, from, bytes);
  }
  void synchronize() override {}
  void wait_for(Backend&) override {}

  std::unique_ptr<Executor> make_executor(const LayerDesc& desc, const InputShape& shape,
                                          const std::string& requested) override {
    return cpu::make_executor(device_, desc, shape, policy_, requested);
  }

  std::vector<ExecutorOption> executor_options(const LayerDesc& desc, const InputShape& shape) override {
    return cpu::executor_options(device_, desc, shape, policy_);
  }

  void fill(float* data, std::int64_t count, float value) override {
    ops::fill(device_.pool, data, count, value);
  }
  void sigmoid(float* data, std::int64_t count) override {
    ops::for_each_block(device_.pool, count, [&](std::int64_t begin, std::int64_t end) {
      device_.kernels.sigmoid(data + begin, end - begin);
    });
  }
  void copy_channels(const float* source, ChannelRange from, float* destination, ChannelRange to,
                     std::int64_t images, std::int64_t count, std::int64_t area) override {
    ops::copy_channels(device_.pool, source, from, destination, to, images, count, area);
  }
  void add(float* data, const float* other, std::int64_t count) override {
    ops::add(device_.pool, data, other, count);
  }
  void multiply(float* data, const float* other, std::int64_t count) override {
    ops::multiply(device_.pool, data, other, count);
  }
  void scale(float* data, float factor, std::int64_t count) override {
    ops::scale(device_.pool, data, factor, count);
  }
  void loss(cln_loss kind, const float* prediction, const float* target, const float* weights,
            float* gradient, std::int64_t count, float* host_loss) override {
    const float loss = ops::loss(device_.pool, kind, prediction, target, weights, gradient, count);
    if (host_loss != nullptr) *host_loss = loss;
  }
  void decide(const StepRule& rule, std::span<const FloatArray> gradients, StepRecord* step) override {
    double squares = 0;
    for (const FloatArray& array : gradients)
      squares += ops::sum_of_squares(device_.pool, array.data, array.count);
    decide_step(*step, rule, squares);
  }
  void update(const SgdUpdate& how, const StepRecord* step, const float* gradient, float* velocity,
              float* parameter, std::int64_t count) override {
    ops::update(device_.pool, how, *step, gradient, velocity, parameter, count);
  }
  void update(const AdamUpdate& how, const StepRecord* step, const float* gradient, float* m, float* v,
              float* parameter, std::int64_t count) override {
    ops::update(device_.pool, how, *step, gradient, m, v, parameter, count);
  }

 private:
  CpuDevice device_;
  cln_policy policy_;
};

}  // namespace

std::shared_ptr<Backend> make_cpu_backend(int threads, cln_policy policy) {
  return std::make_shared<CpuBackend>(threads > 0 ? threads : available_processors(), policy);
}

}  // namespace convlstm::cpu
