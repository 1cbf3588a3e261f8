// A queue of work on one CUDA device, and the device's memory.
//
// This header has two implementations: cuda_stream.cu over CUDA's runtime, which the plug-in links, and
// emulated_stream.cpp, which the tests link. The emulated one has "device" memory that faults when the host
// touches it outside of queued work, and runs its queue only when somebody waits for it; so everything above
// this header is tested without a GPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "backend/device_report.h"
#include "core/error.h"

namespace convlstm::cuda {

// Work that was recorded once and can be queued again with one call. What it works on must be there, in the
// same place, whenever it is replayed. Destroying it waits until it has run.
class RecordedWork {
 public:
  virtual ~RecordedWork() = default;
};

// Used by one thread at a time, but for allocate, release, wait_for's `other` and synchronize. Everything is
// queued, in order, and returns at once where nothing else is said.
class Stream {
 public:
  // Throws Error(CLN_UNSUPPORTED), saying what was looked for and found, where there is no such device.
  explicit Stream(int device_index);
  ~Stream();  // waits for what is queued
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Aligned to 256 bytes, contents undefined; null where the device has no such memory left. Any thread.
  // Slow: what comes and goes is taken from the arena (arena.h).
  void* allocate(std::size_t bytes);
  void release(void* memory) noexcept;  // waits for nothing: the caller knows that no queued work uses it
  // The contents are undefined from here on. Only the emulated device does anything: it writes NaN. Any
  // thread.
  void forget(void* memory, std::size_t bytes) noexcept;

  void copy_to_device(void* device, const void* host, std::size_t bytes);  // done with `host` when it returns
  void copy_to_host(void* host, const void* device, std::size_t bytes);    // blocks: `host` is complete
  void copy(void* to, const void* from, std::size_t bytes);                // within the device; may overlap
  void clear(void* memory, std::size_t bytes);                             // zeros
  void synchronize();            // blocks; throws what the queued work met; any thread
  void wait_for(Stream& other);  // what is queued here from now on runs after what is queued there by now

  // Between the two nothing runs: what is queued is recorded. Allocating, copies from and to the host and
  // waiting are errors there. abandon_recording() ends it after an error; record() below does both.
  void begin_recording();
  std::unique_ptr<RecordedWork> end_recording();
  void abandon_recording() noexcept;
  bool is_recording() const;
  void replay(RecordedWork& work);

  // Between fork and join what is queued runs side by side, on as many branches: each in its own order, all
  // of them after what was queued before the fork and before what is queued after the join. Branch 0 is
  // selected at first. A mark is a number: what a branch gets after wait(m) runs after what the branch had
  // got that was selected at the latest mark(m). Few numbers will do: who waits for a mark is not concerned
  // if it is set again. Recordings may hold branches whole. What waits, allocates, replays or uses scratch()
  // is an error there. abandon_branches() joins after an error; run_branches() below does all.
  void fork(int branches);
  void select(int branch);
  void mark(int mark);
  void wait(int mark);
  void join();
  void abandon_branches() noexcept;
  bool is_forked() const;

  // The cudaStream_t, of the selected branch, whose device is the thread's current one from here on; or null.
  void* native() const;
  int device_index() const;
  int multiprocessors() const;
  const char* device_name() const;   // static text
  const char* architecture() const;  // static text, such as "sm_90"

  // Room for launch_sums, used in the order of the queue.
  static constexpr std::int64_t kScratchDoubles = 4096;
  double* scratch() const;

  // Here to be called by launch.h.
  class Queue;
  Queue& queue() { return *queue_; }

 private:
  std::unique_ptr<Queue> queue_;
};

// Records what `body` queues.
template <typename Body>
std::unique_ptr<RecordedWork> record(Stream& stream, const Body& body) {
  stream.begin_recording();
  try {
    body();
    if (stream.is_forked())
      fail(CLN_INTERNAL_ERROR, "cuda: expected branches to be joined, got the end of the recording");
  } catch (...) {
    stream.abandon_branches();
    stream.abandon_recording();
    throw;
  }
  return stream.end_recording();
}

// Forks, and joins what `body` has queued.
template <typename Body>
void run_branches(Stream& stream, int branches, const Body& body) {
  stream.fork(branches);
  try {
    body();
    stream.join();
  } catch (...) {
    stream.abandon_branches();
    throw;
  }
}

// The driver, the runtime and the devices; never throws for what is missing.
DeviceReport report_devices();

}  // namespace convlstm::cuda
