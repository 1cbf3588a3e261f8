// This library, through the seam of its backends: a stack of layers, run as inference, as a stream or as a
// training step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "workload.h"

namespace convlstm::benchmarks {

// How this library runs a shape.
struct Mode {
  const char* name;
  cln_policy policy;
  cln_storage storage;
};
inline constexpr Mode kFast{"fast", CLN_POLICY_FAST, CLN_STORAGE_FLOAT32};
inline constexpr Mode kExact{"exact", CLN_POLICY_EXACT, CLN_STORAGE_FLOAT32};
inline constexpr Mode kBfloat16{"bf16", CLN_POLICY_FAST, CLN_STORAGE_BFLOAT16};

class OwnStack {
 public:
  // The workload is referred to, not copied.
  OwnStack(const Workload& workload, const Mode& mode, int threads, bool is_training);
  ~OwnStack();
  OwnStack(const OwnStack&) = delete;
  OwnStack& operator=(const OwnStack&) = delete;

  const char* instruction_set() const { return backend_->instruction_set(); }
  std::string executor() const;  // of the top layer

  void forward();  // from the initial state of the workload
  void stream();   // from the state that the last call left
  void train();    // forward with a tape, and backward

  const Floats& y() const;                            // (T, N, F, H, W) of the top layer
  const Floats& recurrent_gradient(int layer) const;  // summed up over the calls of train()

 private:
  struct Layer;
  enum class Kind { forward, stream, train };
  void run(Kind kind);
  void backward();
  Frames<const float> input(std::size_t layer) const;

  const Workload& workload_;
  std::shared_ptr<Backend> backend_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace convlstm::benchmarks
