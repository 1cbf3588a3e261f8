// How the fused executor runs the steps of a sequence. A FusedForm says which way: step by step
// (fused_steps.cpp), the same by products of warpgroups (fused_hopper_steps.cpp), or the whole sequence as
// one kernel (fused_persistent.cpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/cuda/fused_plan.h"
#include "backend/cuda/fused_sequence.h"
#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/persistent_plan.h"

namespace convlstm::cuda {

using FusedForm = std::variant<FusedCut, HopperTile, PersistentTile>;

class FusedForward {
 public:
  virtual ~FusedForward() = default;
  // How it reads the kernels.
  virtual FusedPacking packing() const = 0;
  // Queues steps whose x is packed.
  virtual void run(const FusedSequence& sequence, StepRange steps) = 0;
  // Tells how the work is cut: algorithm, tiling, numbers and multiply-adds.
  virtual void tell(ExecutorPlan& plan) const = 0;
  virtual std::size_t bytes() const = 0;  // of its memory on the device
};

// `layer` outlives it. Throw Error(CLN_UNSUPPORTED) where the device or the layer does not allow it.
std::unique_ptr<FusedForward> make_steps(const StepwiseLayer& layer, const FusedCut& cut);
std::unique_ptr<FusedForward> make_hopper_steps(const StepwiseLayer& layer, HopperTile tile);
std::unique_ptr<FusedForward> make_persistent(const StepwiseLayer& layer, PersistentTile tile);
std::unique_ptr<FusedForward> make_forward(const StepwiseLayer& layer, const FusedForm& form);

// The form that is taken unasked: what should be the fastest.
FusedForm choose_form(const Device& device, const RecurrentDesc& desc, const InputShape& shape);

// "64x32,split2"; "64x128,hopper"; "64x128,sequence".
std::string name_of(const FusedForm& form);
std::optional<FusedForm> form_of(const std::string& name);

// The vectors of a plan on the device.
DeviceMemory upload(const std::shared_ptr<Device>& device, const std::vector<SourceVector>& vectors);

FusedProducts products_of(const StepwiseLayer& layer);
// Its parameters but the kernels.
std::shared_ptr<const PackedWeights> tables_of(const StepwiseLayer& layer, const ParameterViews& parameters);
const char* name_of(FusedProducts products);
// Tells a FusedPlan of a layer, and what it should take.
void tell_steps(const StepwiseLayer& layer, const FusedPlan& steps, ExecutorPlan& plan);

}  // namespace convlstm::cuda
