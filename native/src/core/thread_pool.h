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

#include "core/processors.h"

namespace convlstm {

// parallel_for is called by one thread at a time, and never from inside a part.
class ThreadPool {
 public:
  // `threads` counts the caller, at least 1. Workers wake only where `processors` has some to spare. Throws
  // Error(CLN_OUT_OF_MEMORY) where the system gives no more threads.
  explicit ThreadPool(int threads, Processors& processors = Processors::of_process());
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(shares_.size()); }

  // Calls body(part) or body(part, thread), thread in [0, size()), for every part in [0, parts) and returns
  // when all are done. Each thread begins with a run of parts of its own, always the same, which keeps their
  // data near it from loop to loop; who is done with those takes what others have not begun. So any thread
  // may run any part, perhaps all of them: a part must not wait for another. The exception of the lowest part
  // that threw reaches the caller after all have ended. A single part runs on the caller.
  template <typename Body>
  void parallel_for(std::int64_t parts, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    const Work work{&body, [](const void* erased, std::int64_t part, int thread) {
                      auto& plain = *static_cast<Plain*>(const_cast<void*>(erased));
                      if constexpr (std::is_invocable_v<Plain&, std::int64_t, int>)
                        plain(part, thread);
                      else
                        plain(part);
                    }};
    if (parts > 1)
      run(parts, work);
    else if (parts == 1)
      work.call(work.body, 0, 0);
  }

 private:
  struct Work {
    const void* body = nullptr;
    void (*call)(const void*, std::int64_t, int) = nullptr;
  };
  // What one thread has of a loop, on a cache line that tells a spinning worker all it needs and the caller
  // how far it is. Who counts `left` down from above 0 has the part at end - left, and may read `end` and
  // `work`: they change only after that part is done.
  struct alignas(64) Share {
    std::atomic<std::int64_t> left{0};
    std::atomic<std::int64_t> done{0};  // parts that the thread has run, its own and others', since ever
    std::int64_t end = 0;
    Work work;
  };

  void run(std::int64_t parts, const Work& work);
  void share_out(std::int64_t parts, const Work& work);
  void wake(int workers);
  void wait_for_others();
  void rethrow_first();
  std::int64_t take_parts(int thread) noexcept;
  void call_part(const Work& work, std::int64_t part, int thread) noexcept;
  void worker_loop(int thread);
  void sleep();
  void work(int thread);
  void stop();

  Processors& processors_;
  std::vector<Share> shares_;  // one a thread; the caller's is the first
  std::int64_t to_do_ = 0;     // parts of all loops since ever, which the workers and the caller have to run
  alignas(64) std::atomic<int> sleepers_;  // workers, while nobody wakes them
  std::atomic<bool> caller_sleeps_{false}, stopping_{false}, has_error_{false};
  std::mutex mutex_;
  std::condition_variable work_is_here_, work_is_done_;
  int to_wake_ = 0;            // sleepers that were called and have not woken yet; under the mutex
  int caller_processor_ = -1;  // when it last woke workers; under the mutex
  std::exception_ptr error_;   // of the lowest part that threw; under the mutex
  std::int64_t error_part_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace convlstm
