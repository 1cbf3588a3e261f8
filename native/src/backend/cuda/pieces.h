// Hands out pieces of one block of memory, each aligned to 256 bytes; over null it only counts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace convlstm::cuda {

class Pieces {
 public:
  explicit Pieces(void* memory) : memory_(static_cast<char*>(memory)) {}
  void* take(std::size_t bytes) {
    void* const piece = memory_ != nullptr ? memory_ + used_ : nullptr;
    used_ += (bytes + 255) / 256 * 256;
    return piece;
  }
  float* floats(std::int64_t count) {
    return static_cast<float*>(take(static_cast<std::size_t>(count) * sizeof(float)));
  }
  std::size_t used() const { return used_; }

 private:
  char* memory_;
  std::size_t used_ = 0;
};

}  // namespace convlstm::cuda
