// A cuDNN for machines without a GPU: the functions of its graph API over descriptors that are checked as the
// documentation describes them (types, counts, what is required, what must have been finalized), and engines
// that compute the described convolution with plain loops in double precision, on the emulated stream. What
// it cannot show: which engines the real one has, how fast they are, and whether it reads the same numbers by
// the same names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/cuda/cudnn_library.h"

namespace convlstm::cuda::fake {

struct Engine {
  std::int64_t index = 0;
  std::vector<cudnn::NumericalNote> notes{};
  std::size_t workspace = 0;
  bool widens = true;         // writes float32 from 16-bit elements
  bool pads_unevenly = true;  // does different paddings before and after
  bool is_refused = false;    // its plan cannot be finalized
  bool varies = false;        // float32 results differ in their last bits from run to run
};

struct Failure {
  std::string call;  // "cudnnBackendFinalize"
  int after = 0;     // so many calls succeed first
  cudnn::Status status = cudnn::Status::kInternalError;
};

struct Behaviour {
  std::size_t version = 90800;
  std::vector<Engine> heuristics{}, fallback{};
  std::vector<Failure> failures{};
};

// What tests may change, before they make anything; reset() makes it what it was: an engine of every kind.
Behaviour& behaviour();
void reset();

// Handles and descriptors that were created and not destroyed.
std::int64_t live_objects();

struct Execution {
  cudnn::DescriptorType operation;
  std::int64_t engine;
};
std::vector<Execution> executions();  // since reset() or clear_executions(), in order of the calls
void clear_executions();

cudnn::Functions functions();
std::shared_ptr<const CudnnLibrary> library();

}  // namespace convlstm::cuda::fake
