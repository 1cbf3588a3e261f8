#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "backend/backend.h"

namespace convlstm {

// Device memory that grows to what is asked for and then stays.
class WorkMemory {
 public:
  explicit WorkMemory(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}
  ~WorkMemory() { release(); }
  WorkMemory(const WorkMemory&) = delete;
  WorkMemory& operator=(const WorkMemory&) = delete;

  // At least `bytes`, contents undefined.
  void* get(std::size_t bytes) {
    if (bytes > bytes_) {
      release();
      data_ = backend_->allocate(bytes);
      bytes_ = bytes;
    }
    return data_;
  }
  float* floats(std::int64_t count) {
    return static_cast<float*>(get(static_cast<std::size_t>(count) * sizeof(float)));
  }
  std::size_t bytes() const { return bytes_; }

 private:
  void release() noexcept {
    if (data_ != nullptr) backend_->release(std::exchange(data_, nullptr));
    bytes_ = 0;
  }

  std::shared_ptr<Backend> backend_;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// Hands out pieces of one block of memory, each aligned to 64 bytes; over null it only counts.
class Pieces {
 public:
  explicit Pieces(void* memory = nullptr) : memory_(static_cast<char*>(memory)) {}
  void* take(std::size_t bytes) {
    void* const piece = memory_ != nullptr ? memory_ + used_ : nullptr;
    used_ += (bytes + 63) / 64 * 64;
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

}  // namespace convlstm
