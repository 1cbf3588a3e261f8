// Which of cuDNN's engines computes a graph, and the running of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "backend/cuda/cudnn_descriptor.h"

namespace convlstm::cuda {

// What an engine may do to the numbers.
struct EngineRules {
  bool allows_tensor_cores = true;
  bool allows_nondeterminism = true;
  bool allows_transforms = true;
};

// Whether an engine with these notes keeps the rules. No engine may round its inputs to fewer bits than their
// type has, nor its sums, nor use the largest tiles of Winograd, whose sums cancel.
bool is_allowed(std::span<const cudnn::NumericalNote> notes, const EngineRules& rules);

class CudnnPlan {
 public:
  std::size_t workspace_bytes() const { return workspace_bytes_; }
  const std::string& text() const { return text_; }  // "engine 38, tensor cores, 4.0 MiB"

  // Queues the work. Tensor unique_ids[i] of the graph lies at pointers[i].
  void execute(const CudnnHandle& cudnn, std::span<const std::int64_t> unique_ids,
               std::span<void* const> pointers, void* workspace) const;

 private:
  friend class PlanSearch;
  CudnnPlan(CudnnDescriptor plan, std::size_t workspace_bytes, std::string text);

  CudnnDescriptor plan_;
  std::size_t workspace_bytes_;
  std::string text_;
};

// The first engine of cuDNN's own order (its heuristics, then its fallbacks) that keeps the rules, can be
// made ready and needs no more than kModestWorkspace; else the one with the least workspace. `graph` has not
// been finalized. None: `why` says for each step how far it came.
inline constexpr std::size_t kModestWorkspace = std::size_t{256} << 20;
std::optional<CudnnPlan> choose_plan(const CudnnHandle& cudnn, CudnnDescriptor& graph,
                                     const EngineRules& rules, std::string& why);

}  // namespace convlstm::cuda
