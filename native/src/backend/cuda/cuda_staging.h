// Page-locked memory by which copies between the host and the device go: the device copies from it and to it
// on its own, and the host's copy of one part overlaps the device's copy of another.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>

namespace convlstm::cuda {

// One thread at a time; the device of the stream is the thread's current one.
class Staging {
 public:
  Staging() = default;
  ~Staging();  // nothing may be queued that uses it
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  void copy_to_device(cudaStream_t stream, void* device, const void* host, std::size_t bytes);
  void copy_to_host(cudaStream_t stream, void* host, const void* device, std::size_t bytes);  // blocks

 private:
  static constexpr std::size_t kBytes = std::size_t{2} << 20;
  struct Part {
    void* memory = nullptr;
    cudaEvent_t is_free = nullptr;  // the device has finished with it
  };
  // The next part, once the device has finished with it. Made when it is first needed.
  Part& next();
  static constexpr std::size_t kParts = 4;
  std::array<Part, kParts> parts_;
  std::size_t at_ = 0;
};

}  // namespace convlstm::cuda
