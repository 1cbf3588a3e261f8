#include "backend/cuda/persistent.h"

#include <utility>

namespace convlstm::cuda {

Persistent::Persistent(const std::shared_ptr<Device>& device, PersistentPlan plan, FusedProducts products)
    : device_(device), plan_(std::move(plan)), products_(products) {
  const std::vector<std::int32_t> distances = plan_.distances();
  distances_ = DeviceMemory(device, distances.size() * sizeof(std::int32_t));
  device->stream.copy_to_device(distances_.data(), distances.data(), distances_.bytes());
  flags_ = DeviceMemory(device, static_cast<std::size_t>(plan_.blocks()) * sizeof(std::uint32_t));
  device->stream.clear(flags_.data(), flags_.bytes());
}

PersistentSequence Persistent::sequence() const {
  PersistentSequence work{};
  work.x = plan_.x;
  work.h = plan_.h;
  work.places = plan_.places;
  work.distances = distances_.as<const std::int32_t>();
  work.flags = flags_.as<std::uint32_t>();
  work.reach = plan_.reach;
  work.patches = plan_.patches;
  work.groups = plan_.groups;
  return work;
}

void Persistent::run(const PersistentSequence& work) const {
  run_persistent(device_->stream, products_, plan_.tile, work);
}

}  // namespace convlstm::cuda
