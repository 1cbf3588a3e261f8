// Threads that share loops. The thread that asks takes part, so a pool of one has no thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace convlstm {

// Processors that this process may use: its affinity mask, cut to its cgroup's quota. At least 1.
int available_processors();

// parallel_for is called by one thread at a time, and never from inside a part.
class ThreadPool {
 public:
  // `threads` counts the caller, at least 1. Throws Error(CLN_OUT_OF_MEMORY) where the system gives no more
  // threads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(part) for every part in [0, parts) and returns when all are done. Thread t of n takes the
  // parts from parts * t / n to parts * (t + 1) / n in order, so with as many parts as threads the part is
  // the thread's number. A single part runs on the caller and wakes nobody. The exception of the lowest
  // thread that threw reaches the caller, after all threads have stopped.
  template <typename Body>
  void parallel_for(std::int64_t parts, Body&& body) {
    if (parts <= 1 || workers_.empty()) {
      for (std::int64_t part = 0; part < parts; ++part) body(part);
      return;
    }
    using Plain = std::remove_reference_t<Body>;
    run({parts, &body, [](const void* erased, std::int64_t part) {
           (*static_cast<Plain*>(const_cast<void*>(erased)))(part);
         }});
  }

 private:
  struct Work {
    std::int64_t parts = 0;
    const void* body = nullptr;
    void (*call)(const void*, std::int64_t) = nullptr;
  };

  void run(const Work& work);
  void take_share(int thread) noexcept;
  void worker_loop(int thread);
  void stop();

  Work work_;
  std::vector<std::exception_ptr> errors_;  // one a thread
  alignas(64) std::atomic<std::uint64_t> round_{0};
  alignas(64) std::atomic<int> busy_{0};
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable work_is_here_, work_is_done_;
  std::vector<std::thread> workers_;
};

}  // namespace convlstm
