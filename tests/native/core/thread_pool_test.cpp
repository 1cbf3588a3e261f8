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

TEST(ThreadPool, ParallelFor_AnyPartsAndThreads_VisitsEachPartOnce) {
  for (int threads = 1; threads <= 5; ++threads) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.size(), threads);
    for (std::int64_t parts : {0, 1, 2, 3, 7, 64, 1000}) {
      std::vector<int> visits(static_cast<std::size_t>(parts), 0);
      pool.parallel_for(parts, [&](std::int64_t part) { ++visits[static_cast<std::size_t>(part)]; });
      EXPECT_EQ(visits, std::vector<int>(static_cast<std::size_t>(parts), 1)) << threads << " threads";
    }
  }
}

TEST(ThreadPool, ParallelFor_SamePartTwice_RunsOnTheSameThread) {
  ThreadPool pool(3);
  std::vector<std::thread::id> first(30), second(30);
  pool.parallel_for(
      30, [&](std::int64_t part) { first[static_cast<std::size_t>(part)] = std::this_thread::get_id(); });
  pool.parallel_for(
      30, [&](std::int64_t part) { second[static_cast<std::size_t>(part)] = std::this_thread::get_id(); });
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::set<std::thread::id>(first.begin(), first.end()).size(), 3u);
  EXPECT_EQ(first.front(), std::this_thread::get_id());
}

TEST(ThreadPool, ParallelFor_OnePart_RunsOnTheCaller) {
  ThreadPool pool(4);
  std::thread::id where;
  pool.parallel_for(1, [&](std::int64_t) { where = std::this_thread::get_id(); });
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(ThreadPool, ParallelFor_ManyRounds_EveryRoundSeesTheOneBefore) {
  ThreadPool pool(3);
  std::vector<std::int64_t> a(3, 0), b(3, 0);
  for (int round = 0; round < 5000; ++round) {
    pool.parallel_for(3, [&](std::int64_t k) {
      b[static_cast<std::size_t>(k)] = a[static_cast<std::size_t>((k + 1) % 3)] + 1;
    });
    std::swap(a, b);
  }
  EXPECT_EQ(a, std::vector<std::int64_t>(3, 5000));
}

TEST(ThreadPool, ParallelFor_AfterWorkersWentToSleep_StillRuns) {
  ThreadPool pool(3);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> count{0};
    pool.parallel_for(3, [&](std::int64_t part) {
      if (part != 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // and the caller sleeps
      ++count;
    });
    EXPECT_EQ(count, 3);
  }
}

TEST(ThreadPool, ParallelFor_PartsThrow_LowestThreadsExceptionReachesCallerAndPoolStaysUsable) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::string what;
    try {
      pool.parallel_for(3, [](std::int64_t part) {
        if (part > 0) throw std::runtime_error("part " + std::to_string(part));
      });
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    EXPECT_EQ(what, "part 1");
  }
  std::atomic<int> count{0};
  pool.parallel_for(10, [&](std::int64_t) { ++count; });
  EXPECT_EQ(count, 10);
}

TEST(ThreadPool, TwoPools_UsedAtOnce_DoNotDisturbEachOther) {
  const auto work = [](std::int64_t* total) {
    ThreadPool pool(2);
    for (int round = 0; round < 2000; ++round) {
      std::int64_t parts[2] = {};
      pool.parallel_for(2, [&](std::int64_t part) { parts[part] = part + 1; });
      *total += parts[0] + parts[1];
    }
  };
  std::int64_t a = 0, b = 0;
  std::thread other(work, &a);
  work(&b);
  other.join();
  EXPECT_EQ(a, 6000);
  EXPECT_EQ(b, 6000);
}

TEST(AvailableProcessors, IsAtLeastOne) {
  EXPECT_GE(available_processors(), 1);
}

}  // namespace
}  // namespace convlstm
