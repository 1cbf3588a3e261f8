#include "backend/cuda/cuda_staging.h"

#include <algorithm>
#include <cstring>

#include "backend/cuda/cuda_check.h"

namespace convlstm::cuda {

Staging::~Staging() {
  for (const Part& part : parts_) {
    if (part.is_free != nullptr) cudaEventDestroy(part.is_free);
    if (part.memory != nullptr) cudaFreeHost(part.memory);
  }
}

Staging::Part& Staging::next() {
  Part& part = parts_[at_];
  at_ = (at_ + 1) % kParts;
  if (part.is_free == nullptr)
    CLN_CUDA_CHECK(cudaEventCreateWithFlags(&part.is_free, cudaEventDisableTiming));
  if (part.memory == nullptr) CLN_CUDA_CHECK(cudaHostAlloc(&part.memory, kBytes, cudaHostAllocDefault));
  CLN_CUDA_CHECK(cudaEventSynchronize(part.is_free));  // at once where it was never recorded
  return part;
}

void Staging::copy_to_device(cudaStream_t stream, void* device, const void* host, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += kBytes) {
    const std::size_t length = std::min(kBytes, bytes - done);
    Part& part = next();
    std::memcpy(part.memory, static_cast<const char*>(host) + done, length);
    CLN_CUDA_CHECK(cudaMemcpyAsync(static_cast<char*>(device) + done, part.memory, length,
                                   cudaMemcpyHostToDevice, stream));
    CLN_CUDA_CHECK(cudaEventRecord(part.is_free, stream));
  }
}

void Staging::copy_to_host(cudaStream_t stream, void* host, const void* device, std::size_t bytes) {
  std::array<Part*, kParts> queued{};
  std::size_t asked = 0, done = 0;  // parts
  const std::size_t parts = (bytes + kBytes - 1) / kBytes;
  const auto length = [&](std::size_t part) { return std::min(kBytes, bytes - part * kBytes); };
  while (done < parts) {
    for (; asked < parts && asked < done + kParts; ++asked) {
      Part& part = next();
      queued[asked % kParts] = &part;
      CLN_CUDA_CHECK(cudaMemcpyAsync(part.memory, static_cast<const char*>(device) + asked * kBytes,
                                     length(asked), cudaMemcpyDeviceToHost, stream));
      CLN_CUDA_CHECK(cudaEventRecord(part.is_free, stream));
    }
    const Part& part = *queued[done % kParts];
    CLN_CUDA_CHECK(cudaEventSynchronize(part.is_free));
    std::memcpy(static_cast<char*>(host) + done * kBytes, part.memory, length(done));
    ++done;
  }
}

}  // namespace convlstm::cuda
