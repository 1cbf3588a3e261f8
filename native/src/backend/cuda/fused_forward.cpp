// The forms of the fused executor's forward: their names, and which one a layer gets.
#include "backend/cuda/fused_forward.h"

namespace convlstm::cuda {
namespace {

template <typename... Visits>
struct Overloaded : Visits... {
  using Visits::operator()...;
};

}  // namespace

std::unique_ptr<FusedForward> make_forward(const StepwiseLayer& layer, const FusedForm& form) {
  return std::visit(Overloaded{[&](const FusedCut& cut) { return make_steps(layer, cut); },
                               [&](HopperTile tile) { return make_hopper_steps(layer, tile); },
                               [&](PersistentTile tile) { return make_persistent(layer, tile); }},
                    form);
}

FusedForm choose_form(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const Precision precision = precision_of(device.precision, desc);
  const FusedProducts products = products_of(precision, device.is_exact);
  const FusedPlan steps(desc, shape, precision.element, figures_of(device), products);
  if (const auto plan = choose_persistent(device, steps, precision.element, products, shape.batch))
    return plan->tile;
  if (HopperPlan::supports(device, desc, shape)) return best_hopper_tile(device, desc, shape);
  return steps.cut;
}

std::string name_of(const FusedForm& form) {
  return std::visit([](const auto& own) { return cuda::name_of(own); }, form);
}

std::optional<FusedForm> form_of(const std::string& name) {
  if (const auto cut = cut_of(name)) return *cut;
  if (const auto tile = hopper_tile_of(name)) return *tile;
  if (const auto tile = persistent_tile_of(name)) return *tile;
  return {};
}

DeviceMemory upload(const std::shared_ptr<Device>& device, const std::vector<SourceVector>& vectors) {
  DeviceMemory memory(device, vectors.size() * sizeof(SourceVector));
  device->stream.copy_to_device(memory.data(), vectors.data(), memory.bytes());
  return memory;
}

FusedProducts products_of(const StepwiseLayer& layer) {
  return products_of(layer.precision, layer.device->is_exact);
}

std::shared_ptr<const PackedWeights> tables_of(const StepwiseLayer& layer, const ParameterViews& parameters) {
  return PackedWeights::of(parameters, layer.device, layer.desc, layer.plan.cell, layer.sizes.grid,
                           layer.sizes.element, PackedWeights::Parts::kAllButKernels);
}

const char* name_of(FusedProducts products) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return "bfloat16";
    case FusedProducts::kFloat16:
      return "float16";
    case FusedProducts::kTf32:
      return "tf32";
    case FusedProducts::kThreeTf32:
      return "three products of tf32";
    case FusedProducts::kPlain:
      return "float32, on the ordinary units";
  }
  return "";
}

}  // namespace convlstm::cuda
