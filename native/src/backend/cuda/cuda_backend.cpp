#include "backend/cuda/cuda_backend.h"

#include "backend/cuda/device.h"
#include "backend/cuda/executors.h"
#include "backend/cuda/fused_wave.h"
#include "backend/cuda/pointwise.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

Precision precision_of(cln_policy policy, const Math& math) {
  Precision precision;
  precision.allows_tf32 = math.kind == CLN_MATH_TF32;
  precision.is_deterministic = math.is_deterministic;
  precision.allows_transforms = policy == CLN_POLICY_FAST;
  if (math.kind == CLN_MATH_BFLOAT16) precision.element = Element::kBfloat16;
  if (math.kind == CLN_MATH_FLOAT16) precision.element = Element::kFloat16;
  return precision;
}

class CudaBackend final : public Backend {
 public:
  CudaBackend(int index, cln_policy policy, const Math& math, CountBytes count)
      : device_(
            std::make_shared<Device>(index, precision_of(policy, math), policy == CLN_POLICY_EXACT, count)),
        sums_(device_, sizeof(double)),
        policy_(policy),
        math_(math) {}

  cln_device_kind device_kind() const override { return CLN_DEVICE_CUDA; }
  int device_index() const override { return stream().device_index(); }
  int thread_count() const override { return 1; }
  cln_policy policy() const override { return policy_; }
  Math math() const override { return math_; }
  MemoryUse memory() const override {
    const Arena::Use use = device_->arena.use();
    return {use.held, use.asked};
  }
  const char* device_name() const override { return stream().device_name(); }
  const char* instruction_set() const override { return stream().architecture(); }

  void* allocate(std::size_t bytes) override { return device_->arena.allocate(bytes); }
  void release(void* memory) noexcept override { device_->arena.release(memory); }
  void copy_in(void* device, const void* host, std::size_t bytes) override {
    stream().copy_to_device(device, host, bytes);
  }
  void copy_out(void* host, const void* device, std::size_t bytes) override {
    stream().copy_to_host(host, device, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override { stream().copy(to, from, bytes); }
  void synchronize() override { stream().synchronize(); }
  void wait_for(Backend& other) override {
    // The caller compares devices, and of this kind this library makes all.
    stream().wait_for(static_cast<CudaBackend&>(other).stream());
  }

  std::unique_ptr<Executor> make_executor(const LayerDesc& desc, const InputShape& shape,
                                          const std::string& requested) override {
    return cuda::make_executor(device_, desc, shape, requested);
  }

  std::vector<ExecutorOption> executor_options(const LayerDesc& desc, const InputShape& shape) override {
    return cuda::executor_options(*device_, desc, shape);
  }

  WaveChoice choose_wave(std::span<const WaveLayer> layers) override {
    return choose_fused_wave(device_, layers);
  }

  void fill(float* data, std::int64_t count, float value) override {
    pointwise::fill(stream(), data, count, value);
  }
  void sigmoid(float* data, std::int64_t count) override { pointwise::sigmoid(stream(), data, count); }
  void add(float* data, const float* other, std::int64_t count) override {
    pointwise::add(stream(), data, other, count);
  }
  void multiply(float* data, const float* other, std::int64_t count) override {
    pointwise::multiply(stream(), data, other, count);
  }
  void scale(float* data, float factor, std::int64_t count) override {
    pointwise::scale(stream(), data, factor, count);
  }
  void copy_channels(const float* source, ChannelRange from, float* destination, ChannelRange to,
                     std::int64_t images, std::int64_t count, std::int64_t area) override {
    pointwise::copy_channels(stream(), source, from, destination, to, images, count, area);
  }
  void loss(cln_loss kind, const float* prediction, const float* target, const float* weights,
            float* gradient, std::int64_t count, float* host_loss) override {
    auto* const result = sums_.as<float>();
    pointwise::loss(stream(), kind, {prediction, target, weights, gradient}, count, result);
    if (host_loss != nullptr) copy_out(host_loss, result, sizeof *result);
  }
  void decide(const StepRule& rule, std::span<const FloatArray> gradients, StepRecord* step) override {
    pointwise::decide(stream(), rule, gradients, sums_.as<double>(), step);
  }
  void update(const SgdUpdate& how, const StepRecord* step, const float* gradient, float* velocity,
              float* parameter, std::int64_t count) override {
    pointwise::update(stream(), how, step, gradient, velocity, parameter, count);
  }
  void update(const AdamUpdate& how, const StepRecord* step, const float* gradient, float* m, float* v,
              float* parameter, std::int64_t count) override {
    pointwise::update(stream(), how, step, gradient, m, v, parameter, count);
  }

 private:
  Stream& stream() const { return device_->stream; }

  std::shared_ptr<Device> device_;
  DeviceMemory sums_;  // for one number
  cln_policy policy_;
  Math math_;
};

}  // namespace

std::shared_ptr<Backend> make_cuda_backend(int device_index, cln_policy policy, const Math& math,
                                           CountBytes count) {
  return std::make_shared<CudaBackend>(device_index, policy, math, count);
}

DeviceReport report_cuda() {
  DeviceReport report = report_devices();
  try {
    const auto cudnn = default_cudnn();
    report.lines.push_back("cuDNN: " + cudnn->version() + " in " + cudnn->origin());
  } catch (const Error& error) {
    report.is_usable = false;
    report.lines.emplace_back(error.what());  // begins with "cuDNN: "
  }
  return report;
}

}  // namespace convlstm::cuda
