#include "core/processors.h"

#include <gtest/gtest.h>

#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace convlstm {
namespace {

TEST(AvailableProcessors, IsAtLeastOneAndAtMostTheMachines) {
  EXPECT_GE(available_processors(), 1);
  const unsigned machine = std::thread::hardware_concurrency();  // 0: unknown
  EXPECT_TRUE(machine == 0 || available_processors() <= static_cast<int>(machine));
}

#if defined(__linux__)
TEST(AvailableProcessors, OfAThreadBoundToOne_IsOne) {
  int available = 0;
  std::thread([&] {  // the mask goes with the thread
    cpu_set_t all, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    available = available_processors();
  })
      .join();
  EXPECT_EQ(available, 1);
}
#endif

TEST(Processors, Spare_CountsDownByActiveThreads) {
  Processors two(2);
  EXPECT_EQ(two.spare(), 2);
  for (int k = 0; k < 3; ++k) two.enter();
  EXPECT_EQ(two.spare(), -1);
  two.leave();
  EXPECT_EQ(two.spare(), 0);
}

TEST(Processors, OfProcess_IsOneForAll) {
  EXPECT_EQ(&Processors::of_process(), &Processors::of_process());
  EXPECT_LE(Processors::of_process().spare(), available_processors());
}

}  // namespace
}  // namespace convlstm
