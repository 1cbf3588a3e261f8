// The seam, first half: a device. Everything above this header is the same for every backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/executor.h"
#include "backend/step_record.h"
#include "backend/wave.h"
#include "convlstm_native.h"

namespace convlstm {

// The update of one parameter by an optimizer.
struct SgdUpdate {
  float learning_rate, momentum;
};
struct AdamUpdate {
  float learning_rate, beta1, beta2, epsilon;
};

// Images (channels, H, W) of which `count` channels from `first` on take part in a copy.
struct ChannelRange {
  std::int64_t channels, first;
};

struct FloatArray {
  const float* data;
  std::int64_t count;
};

// What products of a layer may be computed in, and whether two runs give the same bits.
struct Math {
  cln_math kind = CLN_MATH_FLOAT32;
  bool is_deterministic = false;
};

struct MemoryUse {
  std::size_t held = 0, used = 0;  // bytes taken from the device; those of them that are in use
};

// Used by one thread at a time, but for allocate, release, synchronize and wait_for's `other`, which any
// thread may call. Pointers are device pointers unless a name says host. All work is queued in order; on the
// CPU every call has finished when it returns.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual cln_device_kind device_kind() const = 0;
  virtual int device_index() const = 0;
  virtual int thread_count() const = 0;
  virtual cln_policy policy() const = 0;
  virtual Math math() const = 0;
  virtual MemoryUse memory() const = 0;         // 0 where the backend keeps no memory of its own
  virtual const char* device_name() const = 0;  // static text
  virtual std::string device_model() const { return device_name(); }  // what measurements hold for
  virtual const char* instruction_set() const = 0;                    // static text

  // At least 64-byte aligned, contents undefined; throws Error(CLN_OUT_OF_MEMORY) naming the size. 0 bytes
  // give null.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  virtual void copy_in(void* device, const void* host,
                       std::size_t bytes) = 0;  // done with `host` when it returns
  virtual void copy_out(void* host, const void* device,
                        std::size_t bytes) = 0;  // `host` is complete when it returns
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void synchronize() = 0;  // blocks; throws what the queued work met
  // What is queued here from now on runs after what is queued there by now. `other`: of the same device.
  virtual void wait_for(Backend& other) = 0;

  // `requested` names an executor of the backend's list, or a contender of executor_options; empty: the first
  // that supports the layer. Throws Error(CLN_UNSUPPORTED) where none does.
  virtual std::unique_ptr<Executor> make_executor(const LayerDesc& desc, const InputShape& shape,
                                                  const std::string& requested) = 0;
  // The list that make_executor chooses from, in its order; empty where the backend does not tell.
  virtual std::vector<ExecutorOption> executor_options(const LayerDesc&, const InputShape&) { return {}; }

  // How the layers of a stack, two or more in one direction, should run beside each other in inference.
  virtual WaveChoice choose_wave(std::span<const WaveLayer>) { return {}; }

  virtual void fill(float* data, std::int64_t count, float value) = 0;
  virtual void sigmoid(float* data, std::int64_t count) = 0;
  virtual void add(float* data, const float* other, std::int64_t count) = 0;
  virtual void multiply(float* data, const float* other, std::int64_t count) = 0;  // by element, in place
  virtual void scale(float* data, float factor, std::int64_t count) = 0;
  virtual void copy_channels(const float* source, ChannelRange from, float* destination, ChannelRange to,
                             std::int64_t images, std::int64_t count, std::int64_t area) = 0;
  // The mean of weight * loss by element (weights null: 1 each), where `host_loss` is not null; its gradient
  // by the prediction (may be `prediction` itself), where `gradient` is not null. Waits for the loss alone.
  virtual void loss(cln_loss kind, const float* prediction, const float* target, const float* weights,
                    float* gradient, std::int64_t count, float* host_loss) = 0;
  // Decides a step by all gradients together. `step`: memory of the device, as the updates of the step.
  virtual void decide(const StepRule& rule, std::span<const FloatArray> gradients, StepRecord* step) = 0;
  virtual void update(const SgdUpdate& how, const StepRecord* step, const float* gradient, float* velocity,
                      float* parameter, std::int64_t count) = 0;
  virtual void update(const AdamUpdate& how, const StepRecord* step, const float* gradient, float* m,
                      float* v, float* parameter, std::int64_t count) = 0;
};

// The seam itself: the only function that names concrete backends (registry.cpp). `threads` 0: all
// processors. Throws Error(CLN_UNSUPPORTED) where the device is not available or has not the math.
std::shared_ptr<Backend> make_backend(cln_device_kind kind, int device_index, int threads,
                                      cln_policy policy = CLN_POLICY_FAST, const Math& math = {});

}  // namespace convlstm
