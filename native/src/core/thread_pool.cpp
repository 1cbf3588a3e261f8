#include "core/thread_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace convlstm {
namespace {

// About 30 microseconds: longer than the gap between two steps of a sequence, shorter than anybody would
// notice.
constexpr int kSpins = 2000;
// Spins between two looks at the processors' count, which many threads write to.
constexpr int kSpinsToLook = 64;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // waits as long as a pause; the yield instruction does not wait at all
#else
  std::this_thread::yield();
#endif
}

// False where it gave up, early where threads outnumber the processors: whom this waits for may need this
// one.
template <typename Condition>
bool spin_until(const Processors& processors, const Condition& condition) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (condition()) return true;
    if (spin % kSpinsToLook == kSpinsToLook - 1 && processors.spare() < 0) return false;
    relax();
  }
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int threads, Processors& processors)
    : processors_(processors), shares_(static_cast<std::size_t>(threads)), sleepers_(threads - 1) {
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
  }
  work_is_here_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadPool::run(std::int64_t parts, const Work& work) {
  processors_.enter();
  const int workers = size() - 1, asleep = sleepers_.load(std::memory_order_relaxed);
  const int spare = workers > 0 ? processors_.spare() : 0;
  if (asleep == workers && spare <= 0) {  // nobody would come
    for (std::int64_t part = 0; part < parts; ++part) call_part(work, part, 0);
  } else {
    share_out(parts, work);
    const std::int64_t useful = std::min<std::int64_t>({asleep, spare, parts - 1});
    if (useful > 0) wake(static_cast<int>(useful));
    call_part(work, 0, 0);
    const std::int64_t done = take_parts(0) + 1;
    std::atomic<std::int64_t>& total = shares_.front().done;
    total.store(total.load(std::memory_order_relaxed) + done, std::memory_order_relaxed);
    wait_for_others();
  }
  processors_.leave();
  if (has_error_.load(std::memory_order_relaxed)) rethrow_first();
}

// Rounded so that the caller has a part however few there are. It keeps that to itself: where there is one
// part a thread, nobody writes to its share.
void ThreadPool::share_out(std::int64_t parts, const Work& work) {
  to_do_ += parts;
  const std::int64_t threads = size();
  const auto begin = [&](std::int64_t thread) { return (parts * thread + threads - 1) / threads; };
  for (std::int64_t thread = threads - 1; thread >= 0; --thread) {
    const std::int64_t first = std::max<std::int64_t>(begin(thread), 1), end = begin(thread + 1);
    if (first >= end) continue;
    Share& share = shares_[static_cast<std::size_t>(thread)];
    share.end = end;
    share.work = work;
    share.left.store(end - first, std::memory_order_release);
  }
}

// Some schedulers put a thread that slept long on the processor of who wakes it, behind the caller's own
// work. So this lets such a worker run first, and it moves away.
void ThreadPool::wake(int workers) {
  {
    const std::scoped_lock lock(mutex_);
    to_wake_ = std::max(to_wake_, workers);
    caller_processor_ = current_processor();
  }
  for (int k = 0; k < workers; ++k) work_is_here_.notify_one();
  std::this_thread::yield();
}

// Only parts that have begun are left: take_parts found no other.
void ThreadPool::wait_for_others() {
  const auto all_done = [this] {
    std::int64_t done = 0;
    for (const Share& share : shares_) done += share.done.load(std::memory_order_seq_cst);
    return done == to_do_;
  };
  if (spin_until(processors_, all_done)) return;
  processors_.leave();
  {
    std::unique_lock lock(mutex_);
    caller_sleeps_.store(true);
    work_is_done_.wait(lock, all_done);
    caller_sleeps_.store(false);
  }
  processors_.enter();
}

void ThreadPool::rethrow_first() {
  has_error_.store(false, std::memory_order_relaxed);
  std::rethrow_exception(std::exchange(error_, nullptr));
}

std::int64_t ThreadPool::take_parts(int thread) noexcept {
  std::int64_t done = 0;
  const int threads = size();
  for (int k = 0; k < threads; ++k) {
    Share& share = shares_[static_cast<std::size_t>((thread + k) % threads)];
    while (share.left.load(std::memory_order_relaxed) > 0) {
      const std::int64_t left = share.left.fetch_sub(1, std::memory_order_acquire);
      if (left <= 0) break;
      call_part(share.work, share.end - left, thread);
      ++done;
    }
  }
  return done;
}

void ThreadPool::call_part(const Work& work, std::int64_t part, int thread) noexcept {
  try {
    work.call(work.body, part, thread);
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    if (!error_ || part < error_part_) {
      error_ = std::current_exception();
      error_part_ = part;
    }
    has_error_.store(true, std::memory_order_relaxed);
  }
}

// A caller that does not see this sleeper in time runs its loop without it, and wakes it in the next.
void ThreadPool::sleep() {
  std::unique_lock lock(mutex_);
  work_is_here_.wait(lock, [this] { return to_wake_ > 0 || stopping_.load(); });
  to_wake_ = std::max(0, to_wake_ - 1);
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  const int processor = caller_processor_;
  lock.unlock();
  leave_processor(processor);
}

void ThreadPool::worker_loop(int thread) {
  const Share& own = shares_[static_cast<std::size_t>(thread)];
  const auto is_wanted = [&] {
    return own.left.load(std::memory_order_relaxed) > 0 || stopping_.load(std::memory_order_relaxed);
  };
  for (;;) {
    sleep();
    processors_.enter();
    while (spin_until(processors_, is_wanted) && !stopping_.load()) work(thread);
    processors_.leave();
    if (stopping_.load()) return;
    sleepers_.fetch_add(1, std::memory_order_relaxed);
  }
}

void ThreadPool::work(int thread) {
  const std::int64_t done = take_parts(thread);
  if (done == 0) return;
  std::atomic<std::int64_t>& total = shares_[static_cast<std::size_t>(thread)].done;
  total.store(total.load(std::memory_order_relaxed) + done, std::memory_order_seq_cst);
  if (caller_sleeps_.load(std::memory_order_seq_cst)) {
    const std::scoped_lock lock(mutex_);
    work_is_done_.notify_one();
  }
}

}  // namespace convlstm
