#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

#include "core/error.h"

namespace convlstm::cpu {

// Floats aligned to 64 bytes, zeros at first.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::int64_t count) : count_(count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
    data_.reset(static_cast<float*>(::operator new (bytes, std::align_val_t{64}, std::nothrow)));
    if (!data_) fail(CLN_OUT_OF_MEMORY, "the host has no ", bytes, " bytes of working memory");
    std::fill(data_.get(), data_.get() + count, 0.0f);
  }

  float* data() const { return data_.get(); }
  std::int64_t count() const { return count_; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(float); }

 private:
  struct Release {
    void operator()(float* memory) const { ::operator delete (memory, std::align_val_t{64}); }
  };
  std::unique_ptr<float, Release> data_;
  std::int64_t count_ = 0;
};

}  // namespace convlstm::cpu
