// The ways of the fused executor's forward (fused_forward.h), by name.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "backend/cuda/fused_cost.h"
#include "backend/cuda/hopper_arguments.h"
#include "backend/cuda/persistent_arguments.h"

namespace convlstm::cuda {

// A kernel a step; the same by products of warpgroups; a kernel a sequence.
using FusedForm = std::variant<FusedCut, HopperTile, PersistentTile>;

// "64x32,split2"; "64x128,hopper"; "64x128,sequence".
std::string name_of(const FusedForm& form);
std::optional<FusedForm> form_of(const std::string& name);

}  // namespace convlstm::cuda
