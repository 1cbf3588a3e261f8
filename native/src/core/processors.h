// The processors of this process, and who uses them.
#pragma once

#include <atomic>

namespace convlstm {

// Processors that this process may use: its affinity mask, cut to its cgroup's quota. At least 1.
int available_processors();

// Where the calling thread runs; -1 where the system does not tell.
int current_processor();

// Moves the calling thread elsewhere if it runs on `processor` and may run on others.
void leave_processor(int processor);

// Counts the threads that compute or spin, over all pools that share it, so that they share the processors
// instead of taking them from each other: who finds none spare wakes nobody and does not spin.
class Processors {
 public:
  explicit Processors(int count) : count_(count) {}
  Processors(const Processors&) = delete;
  Processors& operator=(const Processors&) = delete;

  // Those of this process.
  static Processors& of_process();

  void enter() { active_.fetch_add(1, std::memory_order_relaxed); }
  void leave() { active_.fetch_sub(1, std::memory_order_relaxed); }
  // Processors without an active thread; negative where threads outnumber them.
  int spare() const { return count_ - active_.load(std::memory_order_relaxed); }

 private:
  const int count_;
  alignas(64) std::atomic<int> active_{0};
};

}  // namespace convlstm
