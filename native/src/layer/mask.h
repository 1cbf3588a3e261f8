#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/executor.h"
#include "composition/stack_desc.h"
#include "composition/work_memory.h"

namespace convlstm {

// What a run can have beside its input (cln_run_options), checked but for what depends on the run.
struct RunOptions {
  std::int64_t input_steps = -1;       // -1: all
  const std::int32_t* mask = nullptr;  // in the order of the layout
  std::int64_t mask_count = 0;
  const std::int64_t* lengths = nullptr;  // of each sequence
  std::int64_t length_count = 0;
  std::uint64_t dropout_seed = 0;

  bool is_masked() const { return mask != nullptr || lengths != nullptr; }
};

// The mask of one run, in device memory.
class Mask {
 public:
  explicit Mask(std::shared_ptr<Backend> backend) : backend_(backend), device_(std::move(backend)) {}

  // Checks the options against the run and takes their mask over; without one the mask is empty.
  void set(const StackDesc& stack, std::int64_t steps, std::int64_t batch, const RunOptions& options);
  // In the order of time.
  const StepMask& view() const { return view_; }
  std::size_t bytes() const { return device_.bytes(); }

 private:
  void read(cln_layout layout, std::int64_t steps, std::int64_t batch, const RunOptions& options);

  std::shared_ptr<Backend> backend_;
  std::vector<std::uint8_t> flags_;  // active, emits, emits_back: each [T][N]
  WorkMemory device_;
  StepMask view_;
};

}  // namespace convlstm
