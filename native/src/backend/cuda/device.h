// What the parts of the CUDA backend of one context share.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "backend/cuda/arena.h"
#include "backend/cuda/convolution.h"
#include "backend/cuda/cudnn_library.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda {

struct Device {
  Device(int index, const Precision& allowed, bool exact, CountBytes count)
      : stream(index), cudnn(default_cudnn(), stream), arena(stream, count), precision(allowed), is_exact(exact) {}

  Stream stream;
  CudnnHandle cudnn;
  Arena arena;
  Precision precision;  // what products may be computed in
  bool is_exact;        // every product of a convolution is computed as it stands
};

// Device memory with one owner. It keeps the device alive, since forms of parameters outlive the context that
// made them. Its stream is that of the context that made it: what another context made is not for this one's
// queue. So keys of a PackedCache name the device's address too.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(std::shared_ptr<Device> device, std::size_t bytes)
      : device_(std::move(device)), data_(device_->arena.allocate(bytes)), bytes_(bytes) {}
  DeviceMemory(DeviceMemory&& other) noexcept { swap(other); }
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~DeviceMemory() {
    if (data_ != nullptr) device_->arena.release(data_);
  }

  void* data() const { return data_; }
  template <typename T>
  T* as() const {
    return static_cast<T*>(data_);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  void swap(DeviceMemory& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
  }
  std::shared_ptr<Device> device_;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace convlstm::cuda
