// What is alive in the process, by kind of object: the numbers behind cln_debug_get_live.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "convlstm_native.h"

namespace convlstm {

struct LiveCounter {
  std::atomic<std::int64_t> objects{0};
  std::atomic<std::int64_t> bytes{0};
};

inline std::array<LiveCounter, CLN_OBJECT_KIND_COUNT> live_counters;

// Bytes of all kinds together, and the most that they have been.
struct LiveBytes {
  std::atomic<std::int64_t> now{0};
  std::atomic<std::int64_t> peak{0};
  void add(std::int64_t bytes) noexcept {
    const std::int64_t sum = now.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::int64_t most = peak.load(std::memory_order_relaxed);
    while (sum > most && !peak.compare_exchange_weak(most, sum, std::memory_order_relaxed)) {
    }
  }
};

inline LiveBytes live_bytes;

// Bytes of device memory that an object of some kind holds, counted as long as this lives.
class CountedBytes {
 public:
  explicit CountedBytes(cln_object_kind kind = CLN_OBJECT_CONTEXT) : kind_(kind) {}
  CountedBytes(CountedBytes&& other) noexcept : kind_(other.kind_), bytes_(std::exchange(other.bytes_, 0)) {}
  CountedBytes& operator=(CountedBytes&& other) noexcept {
    set(0);
    kind_ = other.kind_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~CountedBytes() { set(0); }

  void set(std::int64_t bytes) noexcept {
    live_counters[kind_].bytes.fetch_add(bytes - bytes_, std::memory_order_relaxed);
    live_bytes.add(bytes - bytes_);
    bytes_ = bytes;
  }
  std::int64_t get() const noexcept { return bytes_; }

 private:
  cln_object_kind kind_;
  std::int64_t bytes_ = 0;
};

}  // namespace convlstm
