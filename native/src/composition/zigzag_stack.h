#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/executor.h"
#include "composition/state_memory.h"
#include "composition/work_memory.h"

namespace convlstm {

// Layers that share a state part, the memory of the ST-LSTM (PredRNN, Wang et al. 2017): within a step it
// passes from each layer to the one above, so that all layers run a step before any runs the next.
class ZigzagStack final : public Executor {
 public:
  struct Shape {
    std::int64_t batch, channels, area;  // of the outputs of the lower layers
    cln_output output;                   // of the top layer
    std::size_t parts;                   // of the state of the stack
  };
  ZigzagStack(const std::shared_ptr<Backend>& backend, std::vector<std::unique_ptr<Executor>> layers,
              const Shape& shape);

  const char* name() const override { return layers_.front()->name(); }
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // What a training forward keeps of one step of one layer.
  struct Kept {
    void* layer;
    float* output;  // null: of the top layer
  };
  std::size_t step_bytes(std::size_t layer) const;
  Kept kept(const void* reserve, std::int64_t t, std::size_t layer) const;
  std::int64_t output_count() const { return shape_.batch * shape_.channels * shape_.area; }
  template <typename T>
  Frames<T> between(T* data) const;

  std::vector<std::unique_ptr<Executor>> layers_;
  Shape shape_;
  StateMemory state_;
  WorkMemory memory_;  // outputs, or gradients by them, of two layers that take turns
};

}  // namespace convlstm
