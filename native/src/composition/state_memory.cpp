#include "composition/state_memory.h"

#include <utility>

#include "backend/executor.h"

namespace convlstm {

StateMemory::StateMemory(std::shared_ptr<Backend> backend, std::vector<std::size_t> places, std::size_t all,
                         std::int64_t count)
    : backend_(std::move(backend)),
      places_(std::move(places)),
      count_(count),
      bytes_(static_cast<std::size_t>(count) * sizeof(float)),
      parts_(all),
      memory_(backend_) {}

void StateMemory::place() {
  float* memory = memory_.floats(count_ * static_cast<std::int64_t>(places_.size()));
  for (const std::size_t place : places_) {
    parts_[place] = memory;
    memory += count_;
  }
}

void StateMemory::load(std::span<const float* const> from) {
  place();
  for (const std::size_t place : places_) {
    if (const float* part = part_of(from, place))
      backend_->copy(parts_[place], part, bytes_);
    else
      backend_->fill(parts_[place], count_, 0.0f);
  }
}

void StateMemory::store(std::span<float* const> to) const {
  for (const std::size_t place : places_)
    if (float* part = part_of(to, place)) backend_->copy(part, parts_[place], bytes_);
}

void StateMemory::save(void* to) const {
  char* copy = static_cast<char*>(to);
  for (const std::size_t place : places_) {
    backend_->copy(copy, parts_[place], bytes_);
    copy += bytes_;
  }
}

std::vector<const float*> StateMemory::saved(const void* from) const {
  std::vector<const float*> out(parts_.size());
  const char* copy = static_cast<const char*>(from);
  for (const std::size_t place : places_) {
    out[place] = reinterpret_cast<const float*>(copy);
    copy += bytes_;
  }
  return out;
}

}  // namespace convlstm
