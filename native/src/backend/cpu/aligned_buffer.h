#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace convlstm::cpu {

// Floats aligned to 64 bytes, zeros at first. Large ones lie in huge pages where the system has them: a
// product reads from more pages at a time than a processor knows the addresses of.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::int64_t count);  // throws Error(CLN_OUT_OF_MEMORY)

  float* data() const { return data_.get(); }
  std::int64_t count() const { return count_; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(float); }

 private:
  struct Release {
    std::size_t alignment;
    void operator()(float* memory) const;
  };
  std::unique_ptr<float, Release> data_;
  std::int64_t count_ = 0;
};

}  // namespace convlstm::cpu
