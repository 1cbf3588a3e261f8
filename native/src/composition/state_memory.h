#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "composition/work_memory.h"

namespace convlstm {

// A state of a stack (or the gradient of one) that a composition carries from one run of its cells to the
// next: those of its parts that the composition has to do with.
class StateMemory {
 public:
  // `places`: of the parts among the `all` parts of the stack; each has `count` elements.
  StateMemory(std::shared_ptr<Backend> backend, std::vector<std::size_t> places, std::size_t all,
              std::int64_t count);

  std::span<float* const> parts() const { return parts_; }
  std::span<const float* const> read_parts() const { return {parts_.data(), parts_.size()}; }
  std::size_t bytes() const { return memory_.bytes(); }
  // Bytes of one copy, which save and restore make in other memory.
  std::size_t copy_bytes() const { return bytes_ * places_.size(); }

  void load(std::span<const float* const> from);  // null: zeros
  void store(std::span<float* const> to) const;   // null: not wanted
  void clear() { load({}); }
  void save(void* to) const;
  // The parts as they stand in a copy.
  std::vector<const float*> saved(const void* from) const;

 private:
  void place();

  std::shared_ptr<Backend> backend_;
  std::vector<std::size_t> places_;
  std::int64_t count_;
  std::size_t bytes_;  // of a part
  std::vector<float*> parts_;
  WorkMemory memory_;
};

}  // namespace convlstm
