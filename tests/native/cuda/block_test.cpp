// Blocks of threads on the emulated device: waiting, copies, and what is found out about kernels that are
// wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cuda/tensor_ops.h"
#include "core/error.h"

namespace convlstm::cuda::test {
namespace {

using emulated::run_block;

std::string error_of(int threads, const std::function<void(int, std::byte*)>& body) {
  try {
    run_block(threads, 1024, body);
  } catch (const Error& error) {
    return error.what();
  }
  return "ran";
}

TEST(Block, SyncThreads_ShowsWhatOthersWrote) {
  constexpr int kThreads = 96;
  std::vector<int> seen(kThreads);
  run_block(kThreads, kThreads * sizeof(int), [&](int thread, std::byte* shared) {
    auto* const numbers = reinterpret_cast<int*>(shared);
    for (int round = 0; round < 3; ++round) {
      numbers[thread] = thread + 1000 * round;
      sync_threads();
      seen[static_cast<std::size_t>(thread)] += numbers[(thread + 50) % kThreads];
      sync_threads();
    }
  });
  for (int k = 0; k < kThreads; ++k)
    EXPECT_EQ(seen[static_cast<std::size_t>(k)], 3 * ((k + 50) % kThreads) + 3000);
}

TEST(Block, SharedMemory_IsNaNAtFirstAndAligned) {
  run_block(32, 64, [](int thread, std::byte* shared) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(shared) % 128, 0u);
    if (thread < 16) {
      EXPECT_TRUE(std::isnan(reinterpret_cast<float*>(shared)[thread]));
    }
  });
}

// Without the barrier the last warp, which runs first, meets what is not there yet.
TEST(Block, ForgottenSync_ReadsNaN) {
  int missing = 0;
  run_block(64, 64 * sizeof(float), [&](int thread, std::byte* shared) {
    auto* const numbers = reinterpret_cast<float*>(shared);
    numbers[thread] = 1;
    missing += std::isnan(numbers[(thread + 32) % 64]);
  });
  EXPECT_EQ(missing, 32);
}

TEST(Block, Copies_ArriveWithTheWaitForTheirGroup) {
  alignas(16) const float from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  run_block(32, 1024, [&](int thread, std::byte* shared) {
    auto* const to = reinterpret_cast<float*>(shared) + 8 * thread;
    std::fill_n(to, 8, -1.0f);
    copy_async(to, from, true);
    commit_copies();
    copy_async(to + 4, from + 4, true);
    commit_copies();
    EXPECT_TRUE(std::isnan(to[0]) && std::isnan(to[7])) << "before";
    wait_copies<1>();
    EXPECT_TRUE(to[0] == 1 && to[3] == 4 && std::isnan(to[4])) << "the older group";
    wait_copies<0>();
    EXPECT_TRUE(to[4] == 5 && to[7] == 8) << "both";
    copy_async(to, nullptr, false);
    commit_copies();
    wait_copies<0>();
    EXPECT_TRUE(to[0] == 0 && to[3] == 0 && to[4] == 5) << "zeros";
  });
}

// What is not committed is not waited for.
TEST(Block, CopyThatIsNotCommitted_StaysNaN) {
  alignas(16) const float from[4] = {1, 2, 3, 4};
  run_block(32, 1024, [&](int thread, std::byte* shared) {
    auto* const to = reinterpret_cast<float*>(shared) + 4 * thread;
    copy_async(to, from, true);
    wait_copies<0>();
    EXPECT_TRUE(std::isnan(to[0]));
  });
}

TEST(Block, WrongKernels_AreFoundOut) {
  alignas(16) static const float from[8] = {};
  EXPECT_EQ(error_of(64,
                     [](int thread, std::byte*) {
                       if (thread != 5) sync_threads();
                     }),
            "kernel: 63 of 64 threads wait for ever");
  EXPECT_EQ(error_of(32,
                     [](int thread, std::byte* shared) {
                       std::uint32_t to[4];
                       float sums[4] = {};
                       if (thread < 4)
                         load_matrices(to, shared);
                       else
                         multiply_add_tf32(sums, {}, {});
                     }),
            "kernel: threads of a warp do different things together");
  EXPECT_EQ(error_of(32, [](int, std::byte* shared) { copy_async(shared + 1024, from, true); }),
            "kernel: 16 bytes outside of shared memory");
  EXPECT_EQ(error_of(32, [](int, std::byte* shared) { copy_async(shared, from + 1, true); }),
            "kernel: expected an address that is a multiple of 16");
  EXPECT_EQ(error_of(32, [](int, std::byte* shared) { copy_async(shared + 8, from, true); }),
            "kernel: expected an address that is a multiple of 16");
}

struct CountThreads {
  static constexpr int kThreads = 64;
  int* counts;
  CLN_DEVICE void operator()(const BlockPlace& block) const {
    ++counts[(block.y * 3 + block.x) * kThreads + block.thread];
  }
};

TEST(Block, Launch_RunsEveryThreadOfEveryBlockOnce) {
  Stream stream(0);
  std::vector<int> counts(3 * 2 * CountThreads::kThreads);
  launch_blocks(stream, {3, 2}, 0, CountThreads{counts.data()});
  launch_blocks(stream, {0, 2}, 0, CountThreads{nullptr});
  stream.synchronize();
  for (const int count : counts) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace convlstm::cuda::test
