#include "backend/cuda/fused_forms.h"

#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/persistent_plan.h"

namespace convlstm::cuda {

std::string name_of(const FusedForm& form) {
  return std::visit([](const auto& own) { return cuda::name_of(own); }, form);
}

std::optional<FusedForm> form_of(const std::string& name) {
  if (const auto cut = cut_of(name)) return *cut;
  if (const auto tile = hopper_tile_of(name)) return *tile;
  if (const auto tile = persistent_tile_of(name)) return *tile;
  return {};
}

}  // namespace convlstm::cuda
