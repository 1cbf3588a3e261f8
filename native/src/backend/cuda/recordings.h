// Sequences that were recorded, by the call that they are of: its addresses, steps and strides. A call is
// recorded when it comes for the second time, so that calls that never come again cost nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "backend/cuda/device.h"
#include "backend/executor.h"

namespace convlstm::cuda {

class CallKey {
 public:
  template <typename T>
  void add(T* address) {
    words_.push_back(reinterpret_cast<std::uintptr_t>(address));
  }
  void add(std::int64_t number) { words_.push_back(static_cast<std::uint64_t>(number)); }
  template <typename T>
  void add(const Frames<T>& frames) {
    add(frames.data);
    for (const std::int64_t stride : {frames.step_stride, frames.batch_stride, frames.pixel_stride})
      add(stride);
  }
  template <typename T>
  void add(std::span<T* const> state) {
    for (std::size_t part = 0; part < kMaxStateParts; ++part) add(part_of(state, part));
  }
  bool operator==(const CallKey&) const = default;

 private:
  std::vector<std::uint64_t> words_;
};

// All that a call says but the seed of its dropout and the version of its parameters, which do not move.
CallKey key_of(const ForwardCall& call);
CallKey key_of(const BackwardCall& call);

class Recordings {
 public:
  static constexpr std::size_t kMost = 32;

  // Runs what `queue` queues: as it is for the first time, recorded from the second. `keeps` stays alive as
  // long as the recording does.
  template <typename Queue>
  void run(Stream& stream, const CallKey& key, std::shared_ptr<const void> keeps, const Queue& queue) {
    Entry& entry = find(key, std::move(keeps));
    if (entry.work == nullptr && entry.has_run) entry.work = record(stream, queue);
    if (entry.work != nullptr) return stream.replay(*entry.work);
    queue();
    entry.has_run = true;
  }
  // Where memory that the recordings use has moved. What has run before is recorded anew when it comes next.
  void clear() {
    for (Entry& entry : entries_) entry.work.reset();
  }
  std::size_t recorded() const;

 private:
  struct Entry {
    CallKey key;
    std::shared_ptr<const void> keeps;
    bool has_run = false;
    std::unique_ptr<RecordedWork> work;
  };
  // The latest is the first.
  Entry& find(const CallKey& key, std::shared_ptr<const void> keeps);

  std::deque<Entry> entries_;
};

// Makes working memory as large as a call needs; what was recorded over smaller one is recorded anew.
void reserve(DeviceMemory& memory, const std::shared_ptr<Device>& device, std::size_t bytes,
             Recordings& recordings);

}  // namespace convlstm::cuda
