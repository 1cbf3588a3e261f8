#pragma once

#include <memory>

#include "backend/wave.h"

namespace convlstm {

// Layers that run in a wave where that is faster, else layer after layer: training, and short sequences.
class WaveStack final : public Executor {
 public:
  WaveStack(std::unique_ptr<Executor> layers, std::unique_ptr<Wave> wave);

  const char* name() const override { return layers_->name(); }
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override { return layers_->reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override { layers_->backward(call); }

 private:
  std::unique_ptr<Executor> layers_;
  std::unique_ptr<Wave> wave_;
};

}  // namespace convlstm
