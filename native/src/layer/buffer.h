#pragma once

#include <cstdint>
#include <memory>

#include "backend/backend.h"
#include "core/counters.h"

namespace convlstm {

// Device memory with one owner, counted under the kind of the object that holds it.
class Buffer {
 public:
  Buffer() = default;
  // Contents undefined. 0 bytes give a null pointer.
  Buffer(const std::shared_ptr<Backend>& backend, cln_object_kind kind, std::int64_t bytes);
  // `count` floats, contents undefined.
  static Buffer of_floats(const std::shared_ptr<Backend>& backend, cln_object_kind kind, std::int64_t count);

  void* data() const { return memory_.get(); }
  float* floats() const { return static_cast<float*>(memory_.get()); }
  std::int64_t bytes() const { return counted_.get(); }

 private:
  struct Release {
    std::shared_ptr<Backend> backend;
    void operator()(void* memory) const noexcept { backend->release(memory); }
  };
  std::unique_ptr<void, Release> memory_;
  CountedBytes counted_;
};

}  // namespace convlstm
