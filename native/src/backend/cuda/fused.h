// "fused": one ConvLSTM on tensor cores, in one of several ways (fused_forward.h); and back
// (fused_backward.h). Where something is dropped it goes the way of cudnn_stepwise, whose tape a training
// forward fills.
//
// Elements and states are as in stepwise.h. h goes to and fro between two arrays, c stays where it is.
// Products of float32 are those of tf32 where the precision allows them, else three of them, and plain ones
// where every product must be computed as it stands. Sums are always in the same order: two runs give the
// same bits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/fused_backward.h"
#include "backend/cuda/fused_forward.h"
#include "backend/cuda/stepwise.h"
#include "backend/verdict.h"

namespace convlstm::cuda {

class Fused final : public Executor {
 public:
  static Verdict supports(const RecurrentDesc& desc, const InputShape& shape);
  // Whether a step should take no longer than that of cudnn_stepwise (fused_estimate.h), give or take half of
  // it.
  static Verdict suits(const Device& device, const RecurrentDesc& desc, const InputShape& shape);
  // Names of forms that may be the fastest, best_form() first.
  static std::vector<std::string> tilings(const Device& device, const RecurrentDesc& desc,
                                          const InputShape& shape);

  // What is taken unasked: the cheapest of fused_estimate.h.
  static FusedForm best_form(const Device& device, const RecurrentDesc& desc, const InputShape& shape);

  // Forward in this form, else in what should be the fastest; the tile of a FusedCut is the backward's too.
  // Throws Error(CLN_UNSUPPORTED) where a form that is asked for cannot be.
  Fused(std::shared_ptr<Device> device, const RecurrentDesc& desc, const InputShape& shape,
        std::optional<FusedForm> form = {}, const StepwiseLimits& limits = {});

  const char* name() const override { return "fused"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override { return training_.reserve_bytes(steps); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

  const Recordings& recordings() const { return recordings_; }

 private:
  bool drops(const SequenceCall& call) const;
  StepwiseTape tape(std::int64_t steps, void* reserve) const;
  void queue(const FusedSequence& sequence);

  StepwiseLayer layer_;
  Stepwise training_;
  FusedForm form_;
  std::optional<FusedTile> tile_;  // that was asked for
  std::size_t row_limit_;
  std::unique_ptr<FusedForward> forward_;
  DeviceMemory memory_;
  Recordings recordings_;
  std::unique_ptr<FusedBackward> backward_;  // from the first call on
};

}  // namespace convlstm::cuda
