// Numbers on the emulated device, in the type of elements.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "backend/cuda/element.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda::test {

class DeviceArray {
 public:
  // NaN everywhere: whatever is not written shows.
  DeviceArray(Stream& stream, std::int64_t count, Element element)
      : DeviceArray(
            stream,
            std::vector<float>(static_cast<std::size_t>(count), std::numeric_limits<float>::quiet_NaN()),
            element) {}
  DeviceArray(Stream& stream, const std::vector<float>& values, Element element)
      : stream_(stream), count_(std::ssize(values)), element_(element) {
    std::vector<std::byte> host(bytes());
    for (std::int64_t i = 0; i < count_; ++i)
      store_element(host.data(), i, values[static_cast<std::size_t>(i)], element);
    data_ = stream.allocate(host.size());
    stream.copy_to_device(data_, host.data(), host.size());
  }
  ~DeviceArray() {
    stream_.synchronize();
    stream_.release(data_);
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  void* data() const { return data_; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * bytes_of(element_); }
  std::vector<float> read() const {  // waits
    std::vector<std::byte> host(bytes());
    stream_.copy_to_host(host.data(), data_, host.size());
    std::vector<float> values(static_cast<std::size_t>(count_));
    for (std::int64_t i = 0; i < count_; ++i)
      values[static_cast<std::size_t>(i)] = load_element(host.data(), i, element_);
    return values;
  }

 private:
  Stream& stream_;
  std::int64_t count_;
  Element element_;
  void* data_ = nullptr;
};

}  // namespace convlstm::cuda::test
