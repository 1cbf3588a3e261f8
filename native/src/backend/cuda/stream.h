// A queue of work on one CUDA device, and the device's memory.
//
// This header has two implementations: cuda_stream.cu over CUDA's runtime, which the plug-in links, and
// emulated_stream.cpp, which the tests link. The emulated one has "device" memory that faults when the host touches
// it outside of queued work, and runs its queue only when somebody waits for it; so everything above this header is
// tested without a GPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace convlstm::cuda {

// Work that was recorded once and can be queued again with one call.
class RecordedWork {
 public:
  virtual ~RecordedWork() = default;
};

// Used by one thread at a time, but for allocate and release. Everything is queued, in order, and returns at once where
// nothing else is said.
class Stream {
 public:
  // Throws Error(CLN_UNSUPPORTED) where there is no such device.
  explicit Stream(int device_index);
  ~Stream();  // waits for what is queued
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Aligned to 256 bytes, contents undefined; null where the device has no such memory left. Any thread.
  void* allocate(std::size_t bytes);
  void release(void* memory) noexcept;  // waits for nothing: the caller knows that no queued work uses it

  void copy_to_device(void* device, const void* host, std::size_t bytes);  // done with `host` when it returns
  void copy_to_host(void* host, const void* device, std::size_t bytes);    // blocks: `host` is complete
  void copy(void* to, const void* from, std::size_t bytes);                // within the device; may overlap
  void clear(void* memory, std::size_t bytes);                             // zeros
  void synchronize();                                                      // blocks; throws what the queued work met

  // Between the two nothing runs: what is queued is recorded. Allocating, releasing and waiting are errors there.
  void begin_recording();
  std::unique_ptr<RecordedWork> end_recording();
  void replay(RecordedWork& work);

  void* native() const;  // the cudaStream_t, or the emulated queue
  int device_index() const;
  int multiprocessors() const;

  // Here to be called by launch.h.
  class Queue;
  Queue& queue() { return *queue_; }

 private:
  std::unique_ptr<Queue> queue_;
};

}  // namespace convlstm::cuda
