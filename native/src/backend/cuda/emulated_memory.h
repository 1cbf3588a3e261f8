// The memory of the emulated devices: out of the host's reach but while queued work runs.
#pragma once

#include <cstddef>

namespace convlstm::cuda::emulated {

// Every allocation lies between pages that nobody may touch. Any thread.
void* allocate_memory(int device, std::size_t bytes);  // NaN; null where the device has no room
void release_memory(void* memory) noexcept;

// While one of these lives, the process may touch the memory of all devices. Any thread.
class MemoryAccess {
 public:
  MemoryAccess() noexcept;
  ~MemoryAccess();
  MemoryAccess(const MemoryAccess&) = delete;
  MemoryAccess& operator=(const MemoryAccess&) = delete;
};

}  // namespace convlstm::cuda::emulated
