// A forward call of the fused executor: its arrays on the device, what is done at both ends of a sequence,
// and a step, but for how a FusedForward cuts it.
#pragma once

#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/fused_weights.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {

// What a call works on: of inference a window of x, two of h in turns, one c; of training the tape.
struct FusedArrays {
  // `tape`: null in inference. `memory`: null where only the bytes are wanted.
  FusedArrays(const StepwiseLayer& layer, const ForwardCall& call, const StepwiseTape* tape, void* memory);

  TapePart x, h, c, gates;
  float* hidden = nullptr;  // h in float32, where it is not that already and a mask carries it on
  std::size_t bytes = 0;    // of `memory`
  std::int64_t window = 0;  // steps whose x is packed at once
};

struct FusedSequence {
  const StepwiseLayer& layer;
  const ForwardCall& call;
  const FusedArrays& arrays;
  const FusedWeights& weights;

  // Each queues what it does.
  void load_states() const;
  void pack_input(StepRange steps) const;  // begins at a multiple of the window's length
  void store_cell() const;

  // All of it but the cut: vectors, columns, stages and the split of the depth.
  FusedStep step(std::int64_t t) const;
  bool reads_x(std::int64_t t) const {
    return arrays.x.data != nullptr && call.x.data != nullptr && call.input.contains(t);
  }

 private:
  void set_gates(FusedStep& step, std::int64_t t) const;
};

}  // namespace convlstm::cuda
