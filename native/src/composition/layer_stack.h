#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/executor.h"
#include "composition/work_memory.h"

namespace convlstm {

// Layers on each other, each running the whole sequence before the one above.
class LayerStack final : public Executor {
 public:
  // `channels`: of the outputs of the lower layers, images of `area` pixels, `batch` of them a step.
  LayerStack(const std::shared_ptr<Backend>& backend, std::vector<std::unique_ptr<Executor>> layers,
             std::int64_t batch, std::int64_t channels, std::int64_t area);

  const char* name() const override { return layers_.front()->name(); }
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // What a training forward keeps: the outputs of the lower layers and what the layers keep.
  struct Reserve {
    std::vector<float*> outputs;
    std::vector<void*> layers;
    std::size_t bytes;
  };
  Reserve lay_out(const void* memory, std::int64_t steps) const;
  std::int64_t output_count(std::int64_t steps) const { return steps * batch_ * channels_ * area_; }
  template <typename T>
  Frames<T> between(T* data) const;

  std::vector<std::unique_ptr<Executor>> layers_;
  std::int64_t batch_, channels_, area_;
  WorkMemory memory_;  // outputs, or gradients by them, of two layers that take turns
};

}  // namespace convlstm
