// The memory of one context: blocks that are given back are used again, so that the device is seldom asked
// for any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "backend/cuda/stream.h"

namespace convlstm::cuda {

// Told by how many bytes what the arena holds beyond its live blocks has changed. May be null.
using CountBytes = void (*)(std::int64_t change);

// Any thread. A block that is given back may be handed out at once: work that was queued on the arena's
// stream before runs before what is queued on it later. So memory that another stream works on is ordered by
// wait_for first.
class Arena {
 public:
  explicit Arena(Stream& stream, CountBytes count = nullptr) : stream_(stream), count_(count) {}
  ~Arena();  // no block may be alive
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Aligned to 256 bytes, contents undefined; 0 bytes give null. Throws Error(CLN_OUT_OF_MEMORY) naming the
  // size, and stays as it was; before that what is idle goes back to the device, which waits for the stream.
  void* allocate(std::size_t bytes);
  void release(void* memory) noexcept;

  struct Use {
    std::size_t held = 0;   // taken from the device
    std::size_t asked = 0;  // of the live blocks, as asked for
  };
  Use use() const;

 private:
  // A piece of what the device gave at once. Pieces follow each other by address.
  struct Piece {
    std::size_t bytes = 0;
    std::size_t asked = 0;  // 0: idle
    char* segment = nullptr;
  };
  using Pieces = std::map<char*, Piece>;

  void* take(std::size_t bytes, std::size_t asked);
  bool grow(std::size_t bytes);
  void give_back_idle_segments();
  void set_idle(Pieces::iterator piece);
  void count_change(const Use& before) noexcept;

  Stream& stream_;
  CountBytes count_;
  mutable std::mutex mutex_;
  Pieces pieces_;
  std::set<std::pair<std::size_t, char*>> idle_;  // by size: the first that fits is the best
  std::map<char*, std::size_t> segments_;
  Use use_;
};

}  // namespace convlstm::cuda
