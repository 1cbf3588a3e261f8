#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace convlstm {
namespace {

using Counts = std::vector<int>;

std::size_t index(std::int64_t k) {
  return static_cast<std::size_t>(k);
}

// Holds a thread for about as long as a piece of work.
void work_for(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(ThreadPool, ParallelFor_AnyPartsAndThreads_VisitsEachPartOnce) {
  Processors plenty(16);
  for (int threads = 1; threads <= 5; ++threads) {
    ThreadPool pool(threads, plenty);
    ASSERT_EQ(pool.size(), threads);
    for (int round = 0; round < 50; ++round)
      for (std::int64_t parts : {0, 1, 2, 3, 4, 5, 6, 7, 64, 1000}) {
        Counts visits(index(parts), 0);
        pool.parallel_for(parts, [&](std::int64_t part) { ++visits[index(part)]; });
        ASSERT_EQ(visits, Counts(index(parts), 1)) << threads << " threads";
      }
  }
}

TEST(ThreadPool, ParallelFor_PartsOfUnevenLength_VisitsEachPartOnce) {
  Processors plenty(16);
  ThreadPool pool(4, plenty);
  for (int round = 0; round < 200; ++round) {
    Counts visits(23, 0);
    pool.parallel_for(23, [&](std::int64_t part) {
      if (part % 6 == round % 6) work_for(std::chrono::microseconds(20 * (round % 4)));
      ++visits[index(part)];
    });
    ASSERT_EQ(visits, Counts(23, 1));
  }
}

// The scratch of a thread: no two parts that run at once may have the same.
TEST(ThreadPool, ParallelFor_NumberOfThread_IsOfOneThreadAtATime) {
  Processors plenty(16);
  ThreadPool pool(4, plenty);
  std::vector<std::int64_t> sums(4, 0);  // a data race, which the thread sanitizer sees, where they do
  for (int round = 0; round < 500; ++round)
    pool.parallel_for(9, [&](std::int64_t part, int thread) { sums[index(thread)] += part; });
  std::int64_t total = 0;
  for (const std::int64_t sum : sums) total += sum;
  EXPECT_EQ(total, 500 * 36);
}

TEST(ThreadPool, ParallelFor_OnePart_RunsOnTheCaller) {
  ThreadPool pool(4);
  std::thread::id where;
  pool.parallel_for(1, [&](std::int64_t) { where = std::this_thread::get_id(); });
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(ThreadPool, ParallelFor_NoProcessorToSpare_RunsOnTheCaller) {
  Processors one(1);
  ThreadPool pool(3, one);
  std::set<std::thread::id> threads;
  for (int round = 0; round < 100; ++round)
    pool.parallel_for(30, [&](std::int64_t) { threads.insert(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST(ThreadPool, ParallelFor_WorkerIsHeldUp_OthersTakeItsPartsBack) {
  Processors plenty(16);
  ThreadPool pool(2, plenty);
  const auto caller = std::this_thread::get_id();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> begun{0};
    pool.parallel_for(8, [&](std::int64_t) {
      ++begun;
      while (std::this_thread::get_id() != caller && begun < 8) std::this_thread::yield();
    });
    EXPECT_EQ(begun, 8);
  }
}

TEST(ThreadPool, ParallelFor_ManyRounds_EveryRoundSeesTheOneBefore) {
  Processors plenty(16);
  ThreadPool pool(3, plenty);
  std::vector<std::int64_t> a(3, 0), b(3, 0);
  for (int round = 0; round < 5000; ++round) {
    pool.parallel_for(3, [&](std::int64_t k) { b[index(k)] = a[index((k + 1) % 3)] + 1; });
    std::swap(a, b);
  }
  EXPECT_EQ(a, std::vector<std::int64_t>(3, 5000));
}

TEST(ThreadPool, ParallelFor_AfterWorkersWentToSleep_StillRuns) {
  Processors plenty(16);
  ThreadPool pool(3, plenty);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> count{0};
    const auto caller = std::this_thread::get_id();
    pool.parallel_for(3, [&](std::int64_t) {
      if (std::this_thread::get_id() != caller)  // and the caller sleeps
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++count;
    });
    EXPECT_EQ(count, 3);
  }
}

TEST(ThreadPool, ParallelFor_PartsThrow_LowestPartsExceptionReachesCallerAndPoolStaysUsable) {
  for (const int processors : {1, 16}) {
    Processors some(processors);
    ThreadPool pool(3, some);
    for (int round = 0; round < 50; ++round) {
      std::string what;
      Counts visits(10, 0);
      try {
        pool.parallel_for(10, [&](std::int64_t part) {
          ++visits[index(part)];
          if (part > 2) throw std::runtime_error("part " + std::to_string(part));
        });
      } catch (const std::runtime_error& error) {
        what = error.what();
      }
      EXPECT_EQ(what, "part 3");
      EXPECT_EQ(visits, Counts(10, 1));
    }
    std::atomic<int> count{0};
    EXPECT_NO_THROW(pool.parallel_for(10, [&](std::int64_t) { ++count; }));
    EXPECT_EQ(count, 10);
  }
}

// More threads than processors: some pools wake their workers, others do not, and it changes all the time.
TEST(ThreadPool, ManyPools_UsedAtOnce_DoNotDisturbEachOther) {
  Processors few(3);
  constexpr int kPools = 8, kRounds = 2000;
  const auto work = [&few](std::int64_t* total) {
    ThreadPool pool(2, few);
    for (int round = 0; round < kRounds; ++round) {
      std::int64_t parts[5] = {};
      pool.parallel_for(5, [&](std::int64_t part) { parts[part] = part + 1; });
      for (const std::int64_t part : parts) *total += part;
    }
  };
  std::int64_t totals[kPools] = {};
  {
    std::vector<std::jthread> callers;
    for (std::int64_t& total : totals) callers.emplace_back(work, &total);
  }
  for (const std::int64_t total : totals) EXPECT_EQ(total, 15 * kRounds);
  EXPECT_EQ(few.spare(), 3);
}

TEST(ThreadPool, MadeAndDestroyed_LeavesNoActiveThread) {
  Processors plenty(16);
  for (int round = 0; round < 50; ++round) {
    ThreadPool pool(4, plenty);
    if (round % 2 == 0) pool.parallel_for(round, [](std::int64_t) {});
  }
  EXPECT_EQ(plenty.spare(), 16);
}

}  // namespace
}  // namespace convlstm
