#pragma once

#include <cstdint>
#include <memory>

#include "backend/executor.h"
#include "composition/work_memory.h"

namespace convlstm {

// Two cells over one sequence, one from the first step to the last and one the other way; their outputs are
// merged. Calls are in the order of time, and y is wanted.
class Bidirectional final : public Executor {
 public:
  struct Shape {
    std::int64_t batch, input_channels, input_area, hidden_channels, area;
    cln_output output;
    cln_merge merge;
  };
  Bidirectional(std::shared_ptr<Backend> backend, std::unique_ptr<Executor> forwards,
                std::unique_ptr<Executor> backwards, const Shape& shape);

  const char* name() const override { return forwards_->name(); }
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // What a training forward keeps: what the cells keep, and their outputs where the gradient needs them.
  struct Reserve {
    void *forwards, *backwards;
    float *y_forwards, *y_backwards;
    std::size_t bytes;
  };
  Reserve lay_out(const void* memory, std::int64_t steps) const;
  bool concatenates() const { return shape_.merge == CLN_MERGE_CONCAT; }
  std::int64_t y_count(std::int64_t steps) const;
  // Gradients by the outputs of the two cells.
  struct Split {
    Frames<const float> forwards, backwards;
  };
  Split split(const BackwardCall& call, const Reserve& reserve);

  std::shared_ptr<Backend> backend_;
  std::unique_ptr<Executor> forwards_, backwards_;
  Shape shape_;
  WorkMemory outputs_, input_gradient_;
};

}  // namespace convlstm
