// Clusters on the emulated device, whose blocks write into each other's shared memory.
#include <cmath>
#include <string>
#include <vector>

#include "backend/cuda/cluster_ops.h"
#include "support/grids.h"

namespace convlstm::cuda::test {
namespace {

class Clusters : public GridTest {
 protected:
  void TearDown() override {
    emulated::set_forgotten_cluster_barriers(0);
    GridTest::TearDown();
  }
  template <typename Body>
  std::string run(const Body& body, std::int64_t blocks, int cluster) {
    launch_grid(stream_, {blocks, 1}, kShared, body, cluster);
    return error_of_queue();
  }
  static constexpr std::size_t kShared = 4096;
};

// Every block sends four numbers a thread to all others of its cluster, who add them up, step by step. What
// is sent lies where the step before was read.
struct Sums {
  static constexpr int kThreads = 32, kBlocks = 1, kCluster = 4, kCount = 12, kSteps = 3;
  float* numbers;  // [kCount][kThreads]

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    auto* const inbox = reinterpret_cast<FourFloats*>(block.shared);
    const int rank = block.x % kCluster;
    float& own = numbers[block.x * kThreads + block.thread];
    for (int t = 0; t < kSteps; ++t) {
      sync_cluster();
      for (int k = 1; k < kCluster; ++k)
        store_in_cluster(inbox + (k - 1) * kThreads + block.thread, (rank + k) % kCluster,
                         {{own, own + 1, 0, static_cast<float>(rank)}});
      sync_cluster();
      for (int k = 0; k < kCluster - 1; ++k) {
        const FourFloats& sent = inbox[k * kThreads + (block.thread + 1) % kThreads];
        for (const float number : sent.value) own += number;
      }
    }
  }
};

std::vector<float> run_sums(Stream& stream) {
  std::vector<float> numbers(Sums::kCount * Sums::kThreads);
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<float>(k % 5);
  launch_grid(stream, {Sums::kCount, 1}, 3 * Sums::kThreads * sizeof(FourFloats), Sums{numbers.data()},
              Sums::kCluster);
  stream.synchronize();
  return numbers;
}

TEST_F(Clusters, EverySchedule_SameSums) {
  const std::vector<float> sums = run_sums(stream_);
  // The same by loops.
  std::vector<float> expected(sums.size());
  for (std::size_t k = 0; k < expected.size(); ++k) expected[k] = static_cast<float>(k % 5);
  for (int t = 0; t < Sums::kSteps; ++t) {
    const std::vector<float> before = expected;
    for (int block = 0; block < Sums::kCount; ++block)
      for (int other = 0; other < Sums::kCount; ++other)
        for (int thread = 0; thread < Sums::kThreads; ++thread)
          if (other != block && other / Sums::kCluster == block / Sums::kCluster)
            expected[static_cast<std::size_t>(block * Sums::kThreads + thread)] +=
                2 * before[static_cast<std::size_t>(other * Sums::kThreads + (thread + 1) % Sums::kThreads)] +
                static_cast<float>(1 + other % Sums::kCluster);
  }
  EXPECT_EQ(sums, expected);
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    emulated::set_grid_schedule(seed);
    EXPECT_EQ(run_sums(stream_), expected) << seed;
  }
}

// Both barriers of a step: that all have read the step before, and that all have sent.
TEST_F(Clusters, ForgottenBarrier_IsFoundOutBySomeSchedule) {
  const std::vector<float> expected = run_sums(stream_);
  for (const int first : {0, 1}) {
    int found = 0;
    for (std::uint64_t seed = 0; seed <= kSeeds; ++seed) {
      emulated::set_grid_schedule(seed);
      // 2 of 4: not the very first, which every store needs.
      emulated::set_forgotten_cluster_barriers(4, 2 + first);
      found += run_sums(stream_) != expected;
    }
    emulated::set_forgotten_cluster_barriers(0);
    EXPECT_GT(found, 0) << first;
  }
}

struct StoresAtOnce {
  static constexpr int kThreads = 32, kBlocks = 1;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    store_in_cluster(block.shared, 1 - block.x, {});
    sync_cluster();
  }
};

struct StoresAtLast {
  static constexpr int kThreads = 32, kBlocks = 1;
  std::int32_t writer;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    sync_cluster();
    if (block.x != writer) return;
    store_in_cluster(block.shared, 1 - block.x, {});
  }
};

struct StoresOutside {
  static constexpr int kThreads = 32, kBlocks = 1;
  std::size_t offset;
  int rank;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    sync_cluster();
    if (block.x == 0) store_in_cluster(block.shared + offset, rank, {});
    sync_cluster();
  }
};

TEST_F(Clusters, StoresThatMeetNobody_AreFoundOut) {
  EXPECT_EQ(run(StoresAtOnce{}, 2, 2),
            "kernel: a store into block 0 of a cluster, which need not have begun");
  // Block 0 comes to the barrier last, and goes on first.
  EXPECT_EQ(run(StoresAtLast{0}, 2, 2), "kernel: block 1 of a cluster ends before a store into its memory");
  EXPECT_EQ(run(StoresAtLast{1}, 2, 2), "kernel: a store into block 0 of a cluster, which has ended");
  EXPECT_EQ(run(StoresOutside{kShared - 16, 1}, 2, 2), "ran");
  EXPECT_EQ(run(StoresOutside{kShared, 1}, 2, 2), "kernel: 16 bytes outside of shared memory");
  EXPECT_EQ(run(StoresOutside{8, 1}, 2, 2), "kernel: expected an address that is a multiple of 16");
  EXPECT_EQ(run(StoresOutside{0, 2}, 2, 2), "kernel: expected a block of a cluster of 2, got 2");
}

struct Stray {
  static constexpr int kThreads = 32, kBlocks = 1;
  int arrivals;  // of the first block
  bool waits;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const int count = block.x == 0 ? arrivals : 1;
    for (int k = 0; k < count; ++k) arrive_at_cluster();
    if (waits) wait_for_cluster();
  }
};

TEST_F(Clusters, BarriersThatDoNotMatch_AreFoundOut) {
  EXPECT_EQ(run(Stray{1, true}, 4, 2), "ran");
  EXPECT_EQ(run(Stray{2, true}, 2, 2), "kernel: a thread arrives twice at the barrier of its cluster");
  EXPECT_EQ(run(Stray{0, true}, 2, 2), "kernel: a thread waits for its cluster without having arrived");
  for (const std::uint64_t seed : {0, 3}) {
    emulated::set_grid_schedule(seed);
    EXPECT_EQ(run(Stray{0, false}, 2, 2), "ran");
  }
}

struct WaitsForOther {
  static constexpr int kThreads = 32, kBlocks = 1;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    if (block.x == 0) sync_cluster();
  }
};

TEST_F(Clusters, BlocksThatWaitForEver_AreFoundOut) {
  EXPECT_EQ(run(WaitsForOther{}, 2, 2), "kernel: 1 of 2 blocks wait for ever");
}

struct Nothing {
  static constexpr int kThreads = 1024, kBlocks = 1;
  CLN_DEVICE void operator()(const BlockPlace&) const {}
};

TEST_F(Clusters, WhatIsNoWholeClusterOrTooMany_IsRefused) {
  emulated::set_multiprocessors(3);
  EXPECT_EQ(resident_blocks<Nothing>(stream_, 0, 4), 4);
  EXPECT_EQ(resident_blocks<Nothing>(stream_, 200 << 10, 2), 2);
  EXPECT_EQ(run(Nothing{}, 4, 4), "ran");
  const auto refusal = [&](std::int64_t blocks) -> std::string {
    try {
      run(Nothing{}, blocks, 4);
    } catch (const Error& error) {
      return error.what();
    }
    return "it was started";
  };
  EXPECT_EQ(refusal(6), "kernel: expected whole clusters of 4, got 6 blocks");
  EXPECT_EQ(refusal(8), "kernel: expected at most 4 blocks at once, got 8");
}

}  // namespace
}  // namespace convlstm::cuda::test
