#include "backend/cuda/persistent.h"

#include <utility>

namespace convlstm::cuda {

Persistent::Persistent(const std::shared_ptr<Device>& device, PersistentPlan plan, FusedProducts products)
    : device_(device), plan_(std::move(plan)), products_(products) {
  const auto copy = [&](const std::vector<std::int32_t>& from) {
    DeviceMemory to(device, from.size() * sizeof(std::int32_t));
    device->stream.copy_to_device(to.data(), from.data(), to.bytes());
    return to;
  };
  distances_ = copy(plan_.distances());
  sources_ = copy(plan_.sources());
  flags_ = DeviceMemory(device, static_cast<std::size_t>(plan_.blocks()) * sizeof(std::uint32_t));
  device->stream.clear(flags_.data(), flags_.bytes());
}

PersistentSequence Persistent::sequence() const {
  PersistentSequence work{};
  work.x = plan_.x;
  work.h = plan_.h;
  work.places = plan_.places;
  work.distances = distances_.as<const std::int32_t>();
  work.sources = sources_.as<const std::int32_t>();
  work.x_stages = plan_.x_stages;
  work.stages = plan_.stages();
  work.flags = flags_.as<std::uint32_t>();
  work.reach = plan_.reach;
  work.patches = plan_.patches;
  work.groups = plan_.groups;
  return work;
}

void Persistent::run(const PersistentSequence& work) const {
  calls_of(device_->stream, products_, plan_.tile).start(device_->stream, work);
}

}  // namespace convlstm::cuda
