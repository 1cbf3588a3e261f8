#include "backend/cuda/emulated_grid.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "backend/cuda/emulated_block.h"
#include "backend/cuda/emulated_cluster.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr int kThreadsOfMultiprocessor = 2048, kMostBlocks = 32;
constexpr std::size_t kSharedOfMultiprocessor = std::size_t{228} << 10, kSharedOfSystem = 1 << 10;
constexpr std::uint64_t kSlowest = 8;  // a block may have a turn in every so many rounds only

std::atomic<std::uint64_t> schedule{0};

struct Resident {
  std::unique_ptr<BlockInTurns> block;
  std::uint64_t pace = 1;  // its turns are in rounds that are multiples of it
  std::shared_ptr<Cluster> cluster;
  int rank = 0;  // of its cluster

  bool turn() const {
    const InCluster in(*cluster, rank);
    return block->turn();
  }
  bool leave_if_ended() const {
    if (!block->has_ended()) return false;
    cluster->leave(rank);
    return true;
  }
};

}  // namespace

int blocks_of_multiprocessor(int threads, std::size_t shared_bytes) {
  const std::size_t by_memory = kSharedOfMultiprocessor / (shared_bytes + kSharedOfSystem);
  return std::min({kMostBlocks, kThreadsOfMultiprocessor / threads, static_cast<int>(by_memory)});
}

void run_grid(const GridSize& size, std::size_t shared_bytes,
              const std::function<void(std::int64_t, int, std::byte*)>& body) {
  const std::uint64_t seed = schedule;
  std::mt19937_64 random(seed);
  std::vector<Resident> left;
  std::shared_ptr<Cluster> cluster;
  for (std::int64_t block = size.blocks; block-- > 0;) {
    auto of_thread = [&body, block](int thread, std::byte* shared) { body(block, thread, shared); };
    Resident& resident = left.emplace_back();
    resident.block = std::make_unique<BlockInTurns>(size.threads, shared_bytes, std::move(of_thread),
                                                    static_cast<int>(block) * size.threads);
    if (seed != 0) resident.pace = 1 + random() % kSlowest;
    resident.rank = static_cast<int>(block % size.cluster);
    if (resident.rank + 1 == size.cluster) cluster = std::make_shared<Cluster>(size.cluster, size.threads);
    cluster->enter(resident.rank, resident.block->shared_memory());
    resident.cluster = cluster;
  }
  std::uint64_t idle_rounds = 0;
  for (std::uint64_t round = 0; !left.empty(); ++round) {
    if (seed != 0) std::shuffle(left.begin(), left.end(), random);
    bool is_moving = false;
    for (const Resident& resident : left)
      if (round % resident.pace == 0) is_moving |= resident.turn();
    std::erase_if(left, [](const Resident& resident) { return resident.leave_if_ended(); });
    idle_rounds = is_moving ? 0 : idle_rounds + 1;
    if (idle_rounds > kSlowest)
      fail(CLN_INTERNAL_ERROR, "kernel: ", left.size(), " of ", size.blocks, " blocks wait for ever");
  }
}

void set_grid_schedule(std::uint64_t seed) {
  schedule = seed;
}

}  // namespace convlstm::cuda::emulated
