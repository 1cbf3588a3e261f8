// "fused": one ConvLSTM on tensor cores, a step one kernel (fused_arguments.h). Inference alone: what trains
// or drops goes the way of cudnn_stepwise.
//
// Elements and states are as in stepwise.h. h goes to and fro between two arrays, c stays where it is.
// Products of float32 are those of tf32 where the precision allows them, else three of them, and plain ones
// where every product must be computed as it stands. Sums are always in the same order: two runs give the
// same bits.
#pragma once

#include <memory>
#include <optional>

#include "backend/cuda/fused_weights.h"
#include "backend/cuda/stepwise.h"
#include "backend/verdict.h"

namespace convlstm::cuda {

class Fused final : public Executor {
 public:
  static Verdict supports(const RecurrentDesc& desc, const InputShape& shape);

  // `tile`: of its blocks; else the one that should be done first.
  Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
        std::optional<FusedTile> tile = {});

  const char* name() const override { return "fused"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override { return training_.reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override { training_.backward(call); }

  const Recordings& recordings() const { return recordings_; }

 private:
  // Arrays of the working memory.
  struct Arrays {
    void* x;     // of a window of steps
    void* h[2];  // before and after a step, in turns
    float *c, *hidden;
    std::size_t bytes;
  };
  Arrays arrays(std::int64_t window, bool is_masked, void* memory) const;
  std::int64_t window(std::int64_t steps) const;
  std::size_t element_bytes(std::int64_t count) const;
  void queue(const ForwardCall& call, const FusedWeights& weights, const Arrays& arrays);
  void load_states(const ForwardCall& call, const Arrays& arrays);
  void pack_input(const ForwardCall& call, StepRange steps, const Arrays& arrays);
  void run_step(const ForwardCall& call, const FusedWeights& weights, const Arrays& arrays, std::int64_t t);

  StepwiseLayer layer_;
  Stepwise training_;
  FusedPlan plan_;
  DeviceMemory vectors_, memory_;
  Recordings recordings_;
};

}  // namespace convlstm::cuda
