#include "core/thread_pool.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "core/error.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace convlstm {
namespace {

// About 30 microseconds: longer than the gap between two steps of a sequence, shorter than anybody would
// notice.
constexpr int kSpins = 2000;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

template <typename Condition>
bool spin_until(const Condition& condition) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (condition()) return true;
    relax();
  }
  return false;
}

// Processors' worth of time that the cgroup allows, or 0 where there is no limit.
int cgroup_quota() {
  double quota = 0, period = 0;
  std::string first;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> first >> period) {
    if (first != "max") quota = std::atof(first.c_str());
  } else {
    std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!(v1_quota >> quota && v1_period >> period)) return 0;
  }
  return quota > 0 && period > 0 ? std::max(1, static_cast<int>(quota / period)) : 0;
}

}  // namespace

int available_processors() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) count = CPU_COUNT(&mask);
#endif
  if (const int quota = cgroup_quota(); quota > 0) count = std::min(count, quota);
  return std::max(count, 1);
}

ThreadPool::ThreadPool(int threads) : errors_(static_cast<std::size_t>(threads)) {
  workers_.reserve(static_cast<std::size_t>(threads) - 1);
  try {
    for (int thread = 1; thread < threads; ++thread)
      workers_.emplace_back([this, thread] { worker_loop(thread); });
  } catch (const std::system_error& error) {
    const std::size_t started = workers_.size() + 1;
    stop();
    fail(CLN_OUT_OF_MEMORY, "thread_count: the system gave ", started, " of ", threads,
         " threads: ", error.what());
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_.store(true);
    round_.fetch_add(1);
  }
  work_is_here_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadPool::run(const Work& work) {
  work_ = work;
  busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1);  // publishes all of the above
  // Either this sees the sleeper, or the sleeper, which counts itself before it looks at the round, sees the
  // new round.
  if (sleepers_.load() > 0) {
    const std::scoped_lock lock(mutex_);
    work_is_here_.notify_all();
  }
  take_share(0);
  const auto all_done = [this] { return busy_.load() == 0; };
  if (!spin_until(all_done)) {
    std::unique_lock lock(mutex_);
    caller_sleeps_.store(true);
    work_is_done_.wait(lock, all_done);
    caller_sleeps_.store(false);
  }
  std::exception_ptr first;
  for (std::exception_ptr& error : errors_) {
    if (error && !first) first = error;
    error = nullptr;
  }
  if (first) std::rethrow_exception(first);
}

void ThreadPool::take_share(int thread) noexcept {
  const std::int64_t threads = size();
  const std::int64_t end = work_.parts * (thread + 1) / threads;
  try {
    for (std::int64_t part = work_.parts * thread / threads; part < end; ++part) work_.call(work_.body, part);
  } catch (...) {
    errors_[static_cast<std::size_t>(thread)] = std::current_exception();
  }
}

void ThreadPool::worker_loop(int thread) {
  std::uint64_t seen = 0;
  for (;;) {
    const auto is_new = [&] { return round_.load() != seen; };
    if (!spin_until(is_new)) {
      std::unique_lock lock(mutex_);
      sleepers_.fetch_add(1);
      work_is_here_.wait(lock, is_new);
      sleepers_.fetch_sub(1);
    }
    ++seen;  // rounds cannot be skipped: the next one starts when this worker has finished
    if (stopping_.load()) return;
    take_share(thread);
    if (busy_.fetch_sub(1) == 1 && caller_sleeps_.load()) {
      const std::scoped_lock lock(mutex_);
      work_is_done_.notify_one();
    }
  }
}

}  // namespace convlstm
