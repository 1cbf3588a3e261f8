// Grids on the emulated device whose blocks wait for each other's flags.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "backend/cuda/grid_ops.h"
#include "support/grids.h"

namespace convlstm::cuda::test {
namespace {

using Grid = GridTest;

// Every block adds its neighbours' numbers to its own, step by step, in two arrays that take turns.
struct Exchange {
  static constexpr int kThreads = 32, kBlocks = 1;
  static constexpr int kCount = 6, kSteps = 5;
  float* numbers;  // [2][kCount][kThreads]
  std::uint32_t* flags;
  bool waits;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const std::uint32_t base = flags[block.x];
    float own = at(0, block.x)[block.thread];
    for (std::uint32_t t = 0; t < kSteps; ++t) {
      if (waits && block.thread < kCount) wait_for_flag(flags + block.thread, base + t);
      sync_threads();
      for (int other = 0; other < kCount; ++other)
        if (other != block.x) own += at(t, other)[(block.thread + 1) % kThreads];
      forget_memory(at(t + 1, block.x) + block.thread, sizeof(float));
      sync_threads();
      at(t + 1, block.x)[block.thread] = own;
      sync_threads();
      if (block.thread == 0) raise_flag(flags + block.x, base + t + 1);
    }
  }
  CLN_DEVICE float* at(std::uint32_t t, int block) const {
    return numbers + (static_cast<int>(t % 2) * kCount + block) * kThreads;
  }
};

std::vector<float> run_exchange(Stream& stream, std::uint32_t first_flag, bool waits) {
  std::vector<float> numbers(2 * Exchange::kCount * Exchange::kThreads, std::nanf(""));
  for (std::size_t k = 0; k < numbers.size() / 2; ++k) numbers[k] = static_cast<float>(k % 7);
  std::vector<std::uint32_t> flags(Exchange::kCount, first_flag);
  for (int call = 0; call < 2; ++call) {
    launch_grid(stream, {Exchange::kCount, 1}, 0, Exchange{numbers.data(), flags.data(), waits});
    stream.synchronize();
    std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2), numbers.size() / 2,
                numbers.begin());
  }
  for (const std::uint32_t flag : flags) EXPECT_EQ(flag, first_flag + 2 * Exchange::kSteps);
  return numbers;
}

// Flags go on from where they are, past their largest value too.
TEST_F(Grid, Flags_EverySchedule_SameNumbers) {
  const std::vector<float> expected = run_exchange(stream_, 0, true);
  for (const float number : expected) EXPECT_TRUE(std::isfinite(number));
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    emulated::set_grid_schedule(seed);
    EXPECT_EQ(run_exchange(stream_, std::numeric_limits<std::uint32_t>::max() - 6, true), expected) << seed;
  }
}

TEST_F(Grid, ForgottenWait_IsFoundOutBySomeSchedule) {
  const std::vector<float> expected = run_exchange(stream_, 0, true);
  int found = 0;
  for (std::uint64_t seed = 0; seed <= kSeeds; ++seed) {
    emulated::set_grid_schedule(seed);
    found += run_exchange(stream_, 0, false) != expected;
  }
  EXPECT_GT(found, 0);
}

struct WaitsForNobody {
  static constexpr int kThreads = 32, kBlocks = 1;
  std::uint32_t* flags;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    if (block.x != 1) wait_for_flag(flags + block.thread % 2, 1);
    if (block.thread == 0) raise_flag(flags, 1);
  }
};

TEST_F(Grid, BlocksThatWaitForEver_AreFoundOut) {
  for (const std::uint64_t seed : {0, 3}) {
    emulated::set_grid_schedule(seed);
    std::uint32_t flags[2] = {};
    launch_grid(stream_, {3, 1}, 0, WaitsForNobody{flags});
    EXPECT_EQ(error_of_queue(), "kernel: 2 of 3 blocks wait for ever");
  }
}

struct Nothing {
  static constexpr int kThreads = 1024, kBlocks = 1;
  CLN_DEVICE void operator()(const BlockPlace&) const {}
};

TEST_F(Grid, MoreBlocksThanTheDeviceHolds_AreRefused) {
  emulated::set_multiprocessors(3);
  EXPECT_EQ(resident_blocks<Nothing>(stream_, 0), 6);
  EXPECT_EQ(resident_blocks<Nothing>(stream_, 200 << 10), 3);
  EXPECT_EQ(resident_blocks<Nothing>(stream_, 228 << 10), 0);
  launch_grid(stream_, {3, 2}, 1024, Nothing{});
  EXPECT_EQ(error_of_queue(), "ran");
  try {
    launch_grid(stream_, {2, 2}, 200 << 10, Nothing{});
    FAIL() << "it was started";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "kernel: expected at most 3 blocks at once, got 4");
  }
}

}  // namespace
}  // namespace convlstm::cuda::test
