#include "backend/cuda/recordings.h"

#include <algorithm>

namespace convlstm::cuda {
namespace {

CallKey key_of_sequence(const SequenceCall& call) {
  CallKey key;
  key.add(call.steps);
  key.add(call.input.begin);
  key.add(call.input.end);
  key.add(call.x);
  key.add(call.mask.active);
  key.add(call.mask.emits);
  key.add(call.mask.step_stride);
  key.add(call.mask.batch_stride);
  key.add(std::int64_t{call.dropout.is_active});
  return key;
}

}  // namespace

CallKey key_of(const ForwardCall& call) {
  CallKey key = key_of_sequence(call);
  key.add(call.initial);
  key.add(call.final);
  key.add(call.y);
  key.add(call.reserve);
  return key;
}

CallKey key_of(const BackwardCall& call) {
  CallKey key = key_of_sequence(call);
  key.add(call.reserve);
  key.add(call.dy);
  key.add(call.dfinal);
  key.add(call.dinitial);
  key.add(call.dx);
  for (float* gradient : call.gradients[0]) key.add(gradient);
  return key;
}

std::size_t Recordings::recorded() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [](const Entry& entry) { return entry.work != nullptr; }));
}

Recordings::Entry& Recordings::find(const CallKey& key, std::shared_ptr<const void> keeps) {
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.key == key && entry.keeps == keeps; });
  Entry entry;
  if (found != entries_.end()) {
    entry = std::move(*found);
    entries_.erase(found);
  } else {
    entry.key = key;
    entry.keeps = std::move(keeps);
    if (entries_.size() == kMost) entries_.pop_back();
  }
  entries_.push_front(std::move(entry));
  return entries_.front();
}

void reserve(DeviceMemory& memory, const std::shared_ptr<Device>& device, std::size_t bytes,
             Recordings& recordings) {
  if (bytes <= memory.bytes()) return;
  recordings.clear();
  memory = DeviceMemory();  // first, so that both need not fit
  memory = DeviceMemory(device, bytes);
}

}  // namespace convlstm::cuda
