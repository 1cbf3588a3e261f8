#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/executor.h"
#include "composition/state_memory.h"

namespace convlstm {

// How a training run bounds its memory; both count steps in the order of computation, 0: not at all.
struct TapePlan {
  std::int64_t checkpoint_every = 0;  // keep the state before every so many steps, compute the rest again
  std::int64_t truncate_every = 0;    // no gradient by the state crosses so many steps
  bool is_plain() const { return checkpoint_every == 0 && truncate_every == 0; }
};

// Runs a sequence as segments of steps: trades memory for a second forward (Chen et al. 2016), and cuts the
// gradient through time off.
class Checkpointed final : public Executor {
 public:
  // `state`: the parts of the state that `whole` has to do with; the same for the gradient.
  Checkpointed(const std::shared_ptr<Backend>& backend, std::unique_ptr<Executor> whole, const TapePlan& plan,
               cln_output output, const std::vector<std::size_t>& places, std::size_t all_parts,
               std::int64_t count);

  const char* name() const override { return whole_->name(); }
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  struct Segment {
    StepRange steps;
    void* checkpoint;  // the state before it; null: its tape is kept instead
    void* tape;        // of checkpointed segments all have the same
  };
  struct Reserve {
    std::vector<Segment> segments;
    std::size_t bytes;
  };
  Reserve lay_out(const void* memory, std::int64_t steps) const;
  bool computes_again() const { return plan_.checkpoint_every > 0; }
  bool is_cut(std::int64_t step) const;

  std::unique_ptr<Executor> whole_;
  TapePlan plan_;
  cln_output output_;
  StateMemory state_;
};

}  // namespace convlstm
