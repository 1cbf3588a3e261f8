// A forward call of the fused executor: its arrays on the device, what is done at both ends of a sequence,
// and a step, but for how a FusedForward cuts it.
#pragma once

#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/fused_weights.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {

// What arrays of a call depend on, besides the layer.
struct FusedUse {
  explicit FusedUse(const ForwardCall& call)
      : FusedUse(call.steps, call.x.data != nullptr, call.mask.active != nullptr) {}
  FusedUse(std::int64_t all_steps, bool reads_x, bool masks)
      : steps(all_steps), has_x(reads_x), is_masked(masks) {}
  std::int64_t steps;
  bool has_x, is_masked;
};

// What a call works on: of inference a window of x, some of h in turns, one c; of training the tape.
struct FusedArrays {
  // `tape`: null in inference. `memory`: null where only the bytes are wanted. `own_x_bytes`: of a step,
  // where the forward reads x in a form of its own; else 0.
  FusedArrays(const StepwiseLayer& layer, const FusedUse& use, const StepwiseTape* tape, void* memory,
              std::size_t own_x_bytes = 0, std::int64_t h_slots = 2);

  // Null where the call has no x; of inference also where the forward reads a form of its own, own_x.
  TapePart x, own_x;
  TapePart h, c, gates;
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

  // Those of a range that have an input.
  StepRange input_of(StepRange steps) const;

  // All of it but the cut: vectors, columns, stages and the split of the depth.
  FusedStep step(std::int64_t t) const;
  bool reads_x(std::int64_t t) const {
    return (arrays.x.data != nullptr || arrays.own_x.data != nullptr) && call.input.contains(t);
  }

 private:
  void set_gates(FusedStep& step, std::int64_t t) const;
};

}  // namespace convlstm::cuda
