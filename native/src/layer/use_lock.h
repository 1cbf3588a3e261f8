// Many readers or one writer, and nobody waits: who cannot have it at once gets CLN_BUSY.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/error.h"

namespace convlstm {

class UseLock {
 public:
  bool try_read() noexcept {
    std::int32_t users = users_.load(std::memory_order_relaxed);
    while (users != kWriter)
      if (users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire)) return true;
    return false;
  }
  bool try_write() noexcept {
    std::int32_t nobody = 0;
    return users_.compare_exchange_strong(nobody, kWriter, std::memory_order_acquire);
  }
  void end_read() noexcept { users_.fetch_sub(1, std::memory_order_release); }
  void end_write() noexcept { users_.store(0, std::memory_order_release); }

 private:
  static constexpr std::int32_t kWriter = -1;
  std::atomic<std::int32_t> users_{0};
};

class ReadUse {
 public:
  ReadUse(UseLock& lock, const char* what) : lock_(lock) {
    if (!lock.try_read()) fail(CLN_BUSY, what, ": expected nobody to be changing them, got a writer at work");
  }
  ~ReadUse() { lock_.end_read(); }
  ReadUse(const ReadUse&) = delete;
  ReadUse& operator=(const ReadUse&) = delete;

 private:
  UseLock& lock_;
};

class WriteUse {
 public:
  WriteUse(UseLock& lock, const char* what) : lock_(lock) {
    if (!lock.try_write())
      fail(CLN_BUSY, what, ": expected nobody to be using them, got another call at work");
  }
  ~WriteUse() { lock_.end_write(); }
  WriteUse(const WriteUse&) = delete;
  WriteUse& operator=(const WriteUse&) = delete;

 private:
  UseLock& lock_;
};

}  // namespace convlstm
