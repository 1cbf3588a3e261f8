#pragma once

#include "backend/cuda/stepwise_call.h"

namespace convlstm::cuda {

// Queues the forward of one call.
class StepwiseForward : StepwiseCall {
 public:
  StepwiseForward(StepwiseLayer& layer, const PackedWeights& weights, const StepwiseTape& tape,
                  const std::uint64_t* seed, std::int64_t window, const ForwardCall& call)
      : StepwiseCall(layer, weights, tape, seed, call), forward_(call), window_(window) {}

  void queue();

 private:
  void load_states();
  void run_input(StepRange steps);
  void run_step(std::int64_t t);
  void convolve(std::size_t c, std::int64_t t, std::int64_t steps);
  void join(const StepStage& stage, std::size_t index, std::int64_t t);
  void run_pointwise(const StepStage& stage, std::size_t index, std::int64_t t);
  // The terms of a slot, of convolutions that have run. `norms` receives what they are normalized by; null:
  // nothing.
  StageSum sum_of(int slot, std::int64_t t, ForwardStage* norms, int* norm_count) const;
  void add_sources(StageWrite& write, const Operand& operand, std::int64_t t) const;
  void store_states();

  const ForwardCall& forward_;
  std::int64_t window_;
};

}  // namespace convlstm::cuda
