// "fused": one ConvLSTM on tensor cores, a step one kernel (fused_arguments.h). Where something is
// dropped, and back, it goes the way of cudnn_stepwise, whose tape a training forward fills.
//
// Elements and states are as in stepwise.h. h goes to and fro between two arrays, c stays where it is.
// Products of float32 are those of tf32 where the precision allows them, else three of them, and plain ones
// where every product must be computed as it stands. Sums are always in the same order: two runs give the
// same bits.
#pragma once

#include <memory>
#include <optional>

#include "backend/cuda/fused_weights.h"
#include "backend/cuda/hopper_weights.h"
#include "backend/cuda/stepwise.h"
#include "backend/verdict.h"

namespace convlstm::cuda {

class Fused final : public Executor {
 public:
  static Verdict supports(const RecurrentDesc& desc, const InputShape& shape);

  // `tile`: of its blocks; else the one that should be done first. Without a tile it runs the kernels of
  // hopper_arguments.h where they support it.
  Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
        std::optional<FusedTile> tile = {});
  // Of those kernels; HopperPlan must support it.
  Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape, HopperTile tile);

  const char* name() const override { return "fused"; }
  ExecutorPlan plan() const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override { return training_.reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override { training_.backward(call); }

  const Recordings& recordings() const { return recordings_; }

 private:
  // What a call works on: of inference a window of x, two of h in turns, one c; of training the tape.
  struct Arrays {
    TapePart x, h, c, gates;
    float* hidden = nullptr;  // h in float32, where it is not that already and a mask carries it on
    std::size_t bytes = 0;    // of `memory`
    std::int64_t window = 0;  // steps whose x is packed at once
  };
  Arrays arrays(const ForwardCall& call, void* memory) const;
  void set_gates(FusedStep& step, const Arrays& arrays, std::int64_t t) const;
  std::size_t element_bytes(std::int64_t count) const;
  // The parameters as the kernels read them.
  struct Weights {
    const void* kernel;
    const PackedWeights& tables;
    std::shared_ptr<const void> keeps;
  };
  Weights weights(const ParameterViews& parameters) const;
  void queue(const ForwardCall& call, const Weights& weights, const Arrays& arrays);
  void load_states(const ForwardCall& call, const Arrays& arrays);
  void pack_input(const ForwardCall& call, StepRange steps, const Arrays& arrays);
  void run_step(const ForwardCall& call, const Weights& weights, const Arrays& arrays, std::int64_t t);
  void run_hopper(const FusedStep& step) const;

  StepwiseLayer layer_;
  Stepwise training_;
  FusedPlan plan_;
  std::optional<HopperPlan> hopper_;
  DeviceMemory vectors_, memory_;
  Recordings recordings_;
};

}  // namespace convlstm::cuda
