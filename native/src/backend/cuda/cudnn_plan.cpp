#include "backend/cuda/cudnn_plan.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/error.h"

namespace convlstm::cuda {

using cudnn::Attribute;
using cudnn::DescriptorType;
using cudnn::NumericalNote;

namespace {

bool has(std::span<const NumericalNote> notes, NumericalNote note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}

std::string describe(std::int64_t engine, std::span<const NumericalNote> notes, std::size_t workspace) {
  std::string text = "engine " + std::to_string(engine);
  if (has(notes, NumericalNote::kTensorCore)) text += ", tensor cores";
  if (has(notes, NumericalNote::kWinograd)) text += ", Winograd";
  if (has(notes, NumericalNote::kFft)) text += ", Fourier";
  if (has(notes, NumericalNote::kNondeterministic)) text += ", not deterministic";
  char size[32];
  std::snprintf(size, sizeof size, ", %.1f MiB", static_cast<double>(workspace) / (1 << 20));
  return text + size;
}

}  // namespace

bool is_allowed(std::span<const NumericalNote> notes, const EngineRules& rules) {
  if (has(notes, NumericalNote::kDownConvertInputs) ||
      has(notes, NumericalNote::kReducedPrecisionReduction) || has(notes, NumericalNote::kWinogradTile13x13))
    return false;
  if (!rules.allows_tensor_cores && has(notes, NumericalNote::kTensorCore)) return false;
  if (!rules.allows_nondeterminism && has(notes, NumericalNote::kNondeterministic)) return false;
  return rules.allows_transforms ||
         (!has(notes, NumericalNote::kWinograd) && !has(notes, NumericalNote::kFft));
}

CudnnPlan::CudnnPlan(CudnnDescriptor plan, std::size_t workspace_bytes, std::string text)
    : plan_(std::move(plan)), workspace_bytes_(workspace_bytes), text_(std::move(text)) {}

void CudnnPlan::execute(const CudnnHandle& cudnn, std::span<const std::int64_t> unique_ids,
                        std::span<void* const> pointers, void* workspace) const {
  CudnnDescriptor pack(cudnn.library(), DescriptorType::kVariantPack);
  pack.set(Attribute::kPackUniqueIds, unique_ids);
  pack.set_pointers(Attribute::kPackDataPointers, pointers);
  pack.set_pointers(Attribute::kPackWorkspace, {&workspace, 1});
  pack.finalize();
  const cudnn::Status status =
      cudnn.library().functions().cudnnBackendExecute(cudnn.get(), plan_.get(), pack.get());
  if (status != cudnn::Status::kSuccess) cudnn.library().check(status, "cudnnBackendExecute", text_);
}

// The search, with what it has found so far.
class PlanSearch {
 public:
  PlanSearch(const CudnnHandle& cudnn, const CudnnDescriptor& graph, const EngineRules& rules)
      : cudnn_(cudnn), graph_(graph), rules_(rules) {}

  // Whether there is no need to look further.
  bool look(cudnn::HeuristicsMode mode) {
    CudnnDescriptor heuristics(cudnn_.library(), DescriptorType::kEngineHeuristics);
    heuristics.set(Attribute::kHeuristicsOperationGraph, graph_).set(Attribute::kHeuristicsMode, mode);
    if (refused(heuristics.try_finalize(), "heuristics")) return false;
    for (CudnnDescriptor& config :
         heuristics.get_descriptors(Attribute::kHeuristicsResults, DescriptorType::kEngineConfig))
      if (try_config(config)) return true;
    return false;
  }
  std::optional<CudnnPlan> take() { return std::move(best_); }
  std::string why() const {
    return std::to_string(offered_) + " engine configurations offered, " + std::to_string(forbidden_) +
           " of them not precise or deterministic enough, " + std::to_string(refused_) + " refused" +
           (refusal_.empty() ? "" : " (" + refusal_ + ")");
  }

 private:
  bool try_config(CudnnDescriptor& config) {
    ++offered_;
    const CudnnDescriptor engine =
        config.get_descriptor(Attribute::kEngineConfigEngine, DescriptorType::kEngine);
    const std::vector<NumericalNote> notes = engine.get_notes(Attribute::kEngineNumericalNotes);
    if (!is_allowed(notes, rules_)) {
      ++forbidden_;
      return false;
    }
    CudnnDescriptor plan(cudnn_.library(), DescriptorType::kExecutionPlan);
    plan.set(Attribute::kPlanHandle, cudnn_).set(Attribute::kPlanEngineConfig, config);
    if (refused(plan.try_finalize(), "plan")) {
      ++refused_;
      return false;
    }
    const std::int64_t bytes = plan.get_int64(Attribute::kPlanWorkspaceSize);
    if (bytes < 0) fail(CLN_DEVICE_ERROR, "cuDNN: expected a size of workspace, got ", bytes);
    const auto workspace = static_cast<std::size_t>(bytes);
    if (!best_ || workspace < best_->workspace_bytes())
      best_ = CudnnPlan(std::move(plan), workspace,
                        describe(engine.get_int64(Attribute::kEngineGlobalIndex), notes, workspace));
    return best_->workspace_bytes() <= kModestWorkspace;
  }
  // A refusal is one engine's answer, whatever its kind: the next may do. What it said is kept.
  bool refused(cudnn::Status status, const char* step) {
    if (status == cudnn::Status::kSuccess) return false;
    try {
      cudnn_.library().check(status, "cudnnBackendFinalize", step);
    } catch (const Error& error) {
      refusal_ = error.what();
      if (error.status() == CLN_OUT_OF_MEMORY) throw;
    }
    return true;
  }

  const CudnnHandle& cudnn_;
  const CudnnDescriptor& graph_;
  EngineRules rules_;
  std::optional<CudnnPlan> best_;
  int offered_ = 0, forbidden_ = 0, refused_ = 0;
  std::string refusal_;
};

std::optional<CudnnPlan> choose_plan(const CudnnHandle& cudnn, CudnnDescriptor& graph,
                                     const EngineRules& rules, std::string& why) {
  const cudnn::Status status = graph.try_finalize();
  if (cudnn::is_not_supported(status)) {
    why = "the operation is not supported";
    return std::nullopt;
  }
  if (status != cudnn::Status::kSuccess)
    cudnn.library().check(status, "cudnnBackendFinalize", "operation graph");
  PlanSearch search(cudnn, graph, rules);
  if (!search.look(cudnn::HeuristicsMode::kA)) search.look(cudnn::HeuristicsMode::kFallback);
  why = search.why();
  return search.take();
}

}  // namespace convlstm::cuda
