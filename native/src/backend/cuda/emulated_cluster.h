// Clusters of blocks on the emulated device: their barrier, and their shared memory as the neighbours see it.
// cluster_ops.h calls these.
//
// What a block writes into another's memory comes as late as it may: it is NaN until the phase of the barrier
// is complete at which the writer arrived afterwards. So whoever reads it, or what was there before, without
// having met the writer, finds NaN under one order of the blocks or another (emulated_grid.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace convlstm::cuda::emulated {

class Cluster {
 public:
  // Of blocks of so many threads each.
  Cluster(int blocks, int threads);

  // Of the block `rank`: where its memory is; that it has ended, which throws where a store is under way to
  // it.
  void enter(int rank, std::byte* shared);
  void leave(int rank);

  // Throw Error(CLN_INTERNAL_ERROR) where a thread does not arrive and wait in turns, and where a store meets
  // a block that has ended, or that need not have begun since the cluster has not met yet.
  void arrive(int rank, int thread);
  void wait(int rank, int thread);
  void store(int rank, std::size_t offset, const void* from, std::size_t bytes);

 private:
  struct Thread {
    std::uint32_t phase = 0;  // at which it arrived
    bool has_arrived = false;
    std::uint32_t arrivals = 0;  // those that were forgotten too
  };
  struct Store {
    int rank;
    std::size_t offset;
    std::vector<std::byte> bytes;
  };
  Thread& thread_of(int rank, int thread);
  std::byte* memory_of(int rank) const;

  int threads_;
  std::vector<Thread> all_;
  std::vector<std::byte*> shared_;  // null: has ended
  std::vector<Store> stores_;
  std::size_t arrived_ = 0;
  std::uint32_t phase_ = 0;
};

// While one of these lives, the block that runs is `rank` of the cluster.
class InCluster {
 public:
  InCluster(Cluster& cluster, int rank);
  ~InCluster();
  InCluster(const InCluster&) = delete;
  InCluster& operator=(const InCluster&) = delete;
};

void arrive_at_cluster();
void wait_for_cluster();
void store_in_cluster(void* shared, int rank, const void* from, std::size_t bytes);

// Every so many-th barrier of each thread, counted from `first` on, is not done, as by a kernel that has
// forgotten it; 0, as at first: all are.
void set_forgotten_cluster_barriers(int every, int first = 0);

}  // namespace convlstm::cuda::emulated
