#include "backend/cuda/fused_weights.h"

#include <utility>

namespace convlstm::cuda {

FusedWeights::FusedWeights(std::shared_ptr<Device> device, FusedPacking packing,
                           std::shared_ptr<const PackedWeights> tables)
    : device_(std::move(device)),
      packing_(std::move(packing)),
      tables_(std::move(tables)),
      memory_(device_, packing_.bytes) {}

std::shared_ptr<const FusedWeights> FusedWeights::of(const ParameterViews& parameters,
                                                     const std::shared_ptr<Device>& device,
                                                     FusedPacking packing,
                                                     std::shared_ptr<const PackedWeights> tables) {
  // The tables are of one grid and kind of elements: so are these.
  const std::string key =
      "cuda fused " + std::to_string(reinterpret_cast<std::uintptr_t>(tables.get())) + ' ' + packing.form;
  return parameters.packed->get<FusedWeights>(
      key, 0, [&] { return std::make_shared<FusedWeights>(device, std::move(packing), std::move(tables)); });
}

void FusedWeights::refresh(const ParameterViews& parameters) const {
  tables_->refresh(parameters);
  const std::scoped_lock lock(mutex_);
  if (is_filled_ && version_ == parameters.version) return;
  is_filled_ = false;
  packing_.pack(device_->stream, parameters.data[kInputKernel], parameters.data[kRecurrentKernel],
                memory_.data());
  is_filled_ = true;
  version_ = parameters.version;
}

}  // namespace convlstm::cuda
