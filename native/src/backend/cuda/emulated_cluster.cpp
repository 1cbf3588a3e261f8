#include "backend/cuda/emulated_cluster.h"

#include <atomic>
#include <cstring>

#include "backend/cuda/emulated_block.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

std::atomic<int> forgotten_every{0}, forgotten_first{0};
thread_local Cluster* cluster = nullptr;
thread_local int own_rank = 0;

bool is_forgotten(std::uint32_t barrier) {
  const int every = forgotten_every;
  return every > 0 && static_cast<int>(barrier % static_cast<std::uint32_t>(every)) == forgotten_first;
}

Cluster& own_cluster() {
  if (cluster == nullptr) fail(CLN_INTERNAL_ERROR, "kernel: expected blocks in clusters");
  return *cluster;
}

}  // namespace

Cluster::Cluster(int blocks, int threads)
    : threads_(threads),
      all_(static_cast<std::size_t>(blocks) * static_cast<std::size_t>(threads)),
      shared_(static_cast<std::size_t>(blocks)) {}

void Cluster::enter(int rank, std::byte* shared) {
  shared_[static_cast<std::size_t>(rank)] = shared;
}

void Cluster::leave(int rank) {
  shared_[static_cast<std::size_t>(rank)] = nullptr;
  for (const Store& store : stores_)
    if (store.rank == rank)
      fail(CLN_INTERNAL_ERROR, "kernel: block ", rank, " of a cluster ends before a store into its memory");
}

Cluster::Thread& Cluster::thread_of(int rank, int thread) {
  return all_[static_cast<std::size_t>(rank) * static_cast<std::size_t>(threads_) +
              static_cast<std::size_t>(thread)];
}

std::byte* Cluster::memory_of(int rank) const {
  if (rank < 0 || rank >= static_cast<int>(shared_.size()))
    fail(CLN_INTERNAL_ERROR, "kernel: expected a block of a cluster of ", shared_.size(), ", got ", rank);
  std::byte* const memory = shared_[static_cast<std::size_t>(rank)];
  if (memory == nullptr)
    fail(CLN_INTERNAL_ERROR, "kernel: a store into block ", rank, " of a cluster, which has ended");
  if (phase_ == 0)
    fail(CLN_INTERNAL_ERROR, "kernel: a store into block ", rank, " of a cluster, which need not have begun");
  return memory;
}

void Cluster::arrive(int rank, int thread) {
  Thread& own = thread_of(rank, thread);
  if (is_forgotten(own.arrivals)) return;
  if (own.has_arrived)
    fail(CLN_INTERNAL_ERROR, "kernel: a thread arrives twice at the barrier of its cluster");
  own.has_arrived = true;
  own.phase = phase_;
  if (++arrived_ < all_.size()) return;
  arrived_ = 0;
  ++phase_;
  for (const Store& store : stores_)
    std::memcpy(memory_of(store.rank) + store.offset, store.bytes.data(), store.bytes.size());
  stores_.clear();
}

void Cluster::wait(int rank, int thread) {
  Thread& own = thread_of(rank, thread);
  if (is_forgotten(own.arrivals++)) return;
  if (!own.has_arrived)
    fail(CLN_INTERNAL_ERROR, "kernel: a thread waits for its cluster without having arrived");
  own.has_arrived = false;
  pause_until(&phase_, own.phase + 1);
}

void Cluster::store(int rank, std::size_t offset, const void* from, std::size_t bytes) {
  std::memset(memory_of(rank) + offset, 0xff, bytes);
  const auto* const first = static_cast<const std::byte*>(from);
  stores_.push_back({rank, offset, {first, first + bytes}});
}

InCluster::InCluster(Cluster& of, int rank) {
  cluster = &of;
  own_rank = rank;
}
InCluster::~InCluster() {
  cluster = nullptr;
}

void arrive_at_cluster() {
  own_cluster().arrive(own_rank, current_thread());
}

void wait_for_cluster() {
  own_cluster().wait(own_rank, current_thread());
}

void store_in_cluster(void* shared, int rank, const void* from, std::size_t bytes) {
  const std::size_t offset = shared_offset(shared, bytes);
  if (offset % bytes != 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected an address that is a multiple of ", bytes);
  own_cluster().store(rank, offset, from, bytes);
}

void set_forgotten_cluster_barriers(int every, int first) {
  forgotten_every = every;
  forgotten_first = first;
}

}  // namespace convlstm::cuda::emulated
