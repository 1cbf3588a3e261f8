// The way back through a ConvLSTM of the fused executor, over the tape that its forward leaves
// (fused_backward_arguments.h): a kernel a step; then of all steps dx, both kernels' gradients, and those of
// bias and peepholes. Of long sequences a window of steps at a time.
//
// Products are those of the forward; in float16 gradients are scaled (gradient_scale.h). Sums are always in
// the same order: two runs give the same bits.
#pragma once

#include <memory>
#include <optional>

#include "backend/cuda/depth_split.h"
#include "backend/cuda/fused_backward_weights.h"
#include "backend/cuda/fused_forward.h"
#include "backend/cuda/gradient_scale.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {

class FusedBackward {
 public:
  // `layer` outlives this. `row_limit`: memory that the rows of a window of steps may take; a window is never
  // less than two steps.
  FusedBackward(const StepwiseLayer& layer, std::optional<FusedTile> tile, std::size_t row_limit);

  void run(const BackwardCall& call, const StepwiseTape& tape);
  std::size_t workspace_bytes() const;
  const FusedBackwardPlan& plan() const { return plan_; }

 private:
  struct Arrays {
    std::int64_t window;  // steps whose rows there is memory for
    char* rows;           // [window] slots: the last step of a window is in the last
    float *dc, *dh;       // by the state, float32
    float *kernel_sums, *room;
    GradientScale scale{nullptr};
    std::size_t bytes;
  };
  // A window of steps, the later ones first.
  struct Window {
    StepRange steps;
    const Arrays& arrays;
    const StepwiseTape& tape;
  };
  struct KernelCut {
    GradientTile tile;
    std::int64_t rows, columns;  // of whole tiles
    std::int32_t parts, part_stages;
    std::int64_t most_parts;  // of shorter windows too
  };

  Arrays arrays(const BackwardCall& call, void* memory) const;
  KernelCut cut_kernels(std::int64_t steps) const;
  const float* scale(const Arrays& arrays) const;
  char* rows(const Arrays& arrays, std::int64_t steps_to_end) const;

  void queue(const BackwardCall& call, const StepwiseTape& tape, const FusedWeights& weights,
             const Arrays& arrays);
  void choose_scale(const BackwardCall& call, const Arrays& arrays);
  void load_states(const BackwardCall& call, const Arrays& arrays);
  void store_states(const BackwardCall& call, const Arrays& arrays);
  FusedBackwardStep step_after(const FusedWeights& weights, const void* rows) const;
  void run_step(const BackwardCall& call, const Window& window, const FusedWeights& weights, std::int64_t t);
  void give_state(const FusedWeights& weights, const Arrays& arrays, const void* rows, bool has_more);
  void add_input_gradient(const BackwardCall& call, const Window& window, const FusedWeights& weights);
  void add_kernel_gradients(const BackwardCall& call, const Window& window);
  void add_other_gradients(const BackwardCall& call, const Window& window);
  static StepRange input_of(const BackwardCall& call, StepRange steps);

  const StepwiseLayer& layer_;
  FusedPlan forward_;  // whose depth the gradients by kernels have as columns
  FusedProducts products_;
  std::size_t row_limit_;
  FusedBackwardPlan plan_;
  DeviceMemory forward_vectors_, x_vectors_, h_vectors_, memory_;
  DepthSplitMemory split_;
  Recordings recordings_;
};

}  // namespace convlstm::cuda
