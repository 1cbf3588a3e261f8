#pragma once

#include "backend/cuda/gradient_scale.h"
#include "backend/cuda/parameter_gradients.h"
#include "backend/cuda/stepwise_call.h"

namespace convlstm::cuda {

// Queues the backward of one call.
class StepwiseBackward : StepwiseCall {
 public:
  StepwiseBackward(StepwiseLayer& layer, const PackedWeights& weights, const StepwiseTape& tape,
                   const std::uint64_t* seed, std::int64_t window, const BackwardCall& call);

  // Lays the working memory out; over null it only counts its bytes.
  std::size_t take_memory(void* memory);
  void queue();

 private:
  // The gradient by a part of the state: what came down in float32, and what convolutions gave that nobody
  // has added yet.
  struct StateGradient {
    float* base = nullptr;
    bool has_base = false;
    std::vector<SourceView> pending;
  };

  const std::vector<RowSet>& row_sets() const { return layer_.plan.row_sets[call_.dropout.is_active]; }
  const RowSet& row_set(const StepConvolution& c) const {
    return row_sets()[c.rows[call_.dropout.is_active]];
  }
  bool is_normalized() const { return !layer_.plan.norms.empty(); }
  // Gate `gate` of a row set, of image 0 of a step of the window.
  SourceView rows(std::size_t set, int gate, std::int64_t in_window) const;
  RowsView slot_gradients(std::int64_t in_window) const;  // by what came out of normalizations
  const float* scale() const { return element_ == Element::kFloat16 ? scale_.get() : nullptr; }

  void choose_scale();
  void load_states();
  void run_step(std::int64_t t);
  void run_pointwise(const StepStage& stage, std::int64_t t);
  StateGradient& gradient_of(const Operand& operand);
  void bind_write(StageWrite& write, const Operand& operand, const StepStage& stage, std::int64_t t);
  void run_norm(std::size_t norm, const RowsView& raw, const RowsTargets& targets, std::int64_t t);
  void run_norms(const StepStage& stage, std::size_t index, std::int64_t t);
  void convolve(std::size_t c, std::int64_t t);
  void store_states();

  // stepwise_backward_ends.cpp: of a window of steps at once
  void end_window(StepRange steps);
  void add_kernel_gradient(const StepConvolution& c, StepRange steps);
  void run_input_gradient(std::size_t c, StepRange steps);
  void add_parameter_gradients(StepRange steps);
  SlotGradients slots_of(bool by_sums) const;

  const BackwardCall& backward_;
  std::int64_t window_;
  std::int64_t first_ = 0;  // of the window
  StateGradient states_[kMaxStateParts], reset_;
  bool takes_dy_ = false;                // nobody has added dy of this step yet
  std::vector<void*> row_sets_;          // [window][images] of each set
  std::vector<void*> source_gradients_;  // of each convolution: by what it read in a step
  void *slot_gradients_ = nullptr, *input_gradient_ = nullptr;
  GradientMeans* means_ = nullptr;
  float *kernel_gradient_ = nullptr, *room_ = nullptr;
  GradientScale scale_{nullptr};
};

}  // namespace convlstm::cuda
