// A case on one executor.
#pragma once

#include <optional>
#include <vector>

#include "support/numbers.h"
#include "support/outcome.h"
#include "support/problem.h"

namespace convlstm::test {

class Subject {
 public:
  // Nothing where the executor does not support the layer. An executor of the CUDA backend runs on CUDA
  // device 0.
  static std::optional<Subject> create(const Case& tested, const char* executor, const Draw& draw);

  // y and the final state of an inference.
  Outcome infer() const;
  // Those and all gradients, of a forward and backward with these options of the reserve.
  Outcome train(std::int64_t checkpoint_every, std::int64_t truncate_every) const;
  // What the gradients of train() are by, array by array.
  Outcome inputs() const;
  // What they are of: the products of y and the final state with the gradients that go into the backward.
  double loss_of(const Outcome& trained) const;
  // The same of runs of `every` steps each, the state carried on, the gradient by it not.
  Outcome train_in_chunks(std::int64_t every) const;

 private:
  // Steps [from, to) in time, run on their own.
  struct Chunk {
    std::int64_t from, to;
  };
  struct Run;

  Subject() = default;
  bool has_state() const { return tested_[Knob::kState] != 0; }
  bool wants_dx() const { return tested_[Knob::kGradients] != 1; }
  bool has_dy() const { return tested_[Knob::kGradients] != 2; }
  // Gradients that go into a backward are never shaken.
  Draw exact_draw() const { return {draw_.seed, 0, 0}; }
  bool is_reverse() const { return problem_.desc.direction == CLN_DIRECTION_REVERSE; }
  bool is_last_only() const { return problem_.desc.output == CLN_OUTPUT_LAST; }
  Run make_run(const Chunk& chunk) const;
  Floats output_gradient_of(const Chunk& chunk) const;
  State zero_state() const;
  State drawn_state(const Draw& draw, std::uint64_t stream) const;
  State initial_state() const;
  State final_gradient() const;
  Outcome train(const std::vector<Chunk>& chunks, const cln_reserve_options& options) const;
  void forward(Run& run, const cln_reserve_options& options, const State& state) const;
  void backward(Run& run, const State& dstate) const;
  void add_states(Outcome& out, const State& state, NamedArray::Kind kind) const;
  void add_parameters(Outcome& out) const;

  Case tested_;
  Problem problem_;
  Draw draw_;
  MaskNumbers mask_;
  bool is_on_device_ = false;  // tensors are not in host memory
  Context context_;
  Layer layer_;
  Session session_;
};

}  // namespace convlstm::test
