// A grid whose blocks are all on the emulated device at once and wait for each other's flags. Blocks take
// turns, in an order that a seed chooses: some go often, others seldom, so that whoever relies on a neighbour
// without waiting for its flag meets memory that is not there yet, under one seed or another. Blocks that
// follow each other may be clusters (emulated_cluster.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace convlstm::cuda::emulated {

// Blocks that a multiprocessor holds at once: 2048 threads and 227 KiB of shared memory, of which every block
// takes 1 KiB more than it asks for.
int blocks_of_multiprocessor(int threads, std::size_t shared_bytes);

struct GridSize {
  std::int64_t blocks;
  int threads;      // of a block
  int cluster = 1;  // blocks of a cluster
};

// Throws as run_block does, and Error(CLN_INTERNAL_ERROR) where blocks wait for each other for ever.
void run_grid(const GridSize& size, std::size_t shared_bytes,
              const std::function<void(std::int64_t block, int thread, std::byte* shared)>& body);

// Of all grids from now on. 0, as at first: every block in turn, from the last to the first.
void set_grid_schedule(std::uint64_t seed);

}  // namespace convlstm::cuda::emulated
