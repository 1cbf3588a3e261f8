// How the blocks of a cluster that share the depth of a tile add up their sums.
#pragma once

#include "backend/cuda/cluster_ops.h"
#include "backend/cuda/fused_block.h"

namespace convlstm::cuda {

// A tile of the persistent kernel, whose depth kCount blocks share.
template <typename Block, int kCount>
struct PersistentBlock : Block {
  static constexpr int kParts = kCount;
  // Pixels of a warp go in eights. The sums of so many of them a block ends: those are its first. So the
  // eights of a warp are turned, by so many for each part of the depth before this one.
  static constexpr int kEights = 2 * Block::kRowTiles / kParts;
  static_assert(kEights * kParts == 2 * Block::kRowTiles);

  CLN_DEVICE static int turn(int row, int part) {
    if constexpr (kParts == 1) return row;
    return (row + 8 * kEights * part) % Block::kWarpRows;
  }
};

// Where a block's memory for the sums of the others is, of which slot k is for the part that is k + 1
// further: two FourFloats of each eight, one behind the other of all threads.
template <typename Block>
struct SumExchange {
  static constexpr int kParts = Block::kParts, kEights = Block::kEights;
  std::byte* memory;
  int thread, part;

  // After a sync_cluster(), when nobody needs any more what lay there.
  CLN_DEVICE void send(const WarpSums<Block::kRowTiles>& sums) const {
    CLN_UNROLL for (int further = 1; further < kParts; ++further)
        CLN_UNROLL for (int eight = 0; eight < kEights; ++eight) CLN_UNROLL for (int k = 0; k < 2; ++k) {
      const int of_all = further * kEights + eight, half = of_all % 2;
      const auto& from = sums[of_all / 2];
      store_in_cluster(place(kParts - 1 - further, eight, k), (part + further) % kParts,
                       {{from[2 * k][2 * half], from[2 * k][2 * half + 1], from[2 * k + 1][2 * half],
                         from[2 * k + 1][2 * half + 1]}});
    }
  }

  // After another: to the own sums those of the next part of the depth, then of the one after it.
  CLN_DEVICE void add(WarpSums<Block::kRowTiles>& sums) const {
    CLN_UNROLL for (int eight = 0; eight < kEights; ++eight) CLN_UNROLL for (int k = 0; k < 2; ++k) {
      const int half = eight % 2;
      auto& to = sums[eight / 2];
      CLN_UNROLL for (int slot = 0; slot < kParts - 1; ++slot) {
        const FourFloats from = *place(slot, eight, k);
        CLN_UNROLL for (int i = 0; i < 4; ++i) to[2 * k + i / 2][2 * half + i % 2] += from.value[i];
      }
    }
  }

 private:
  CLN_DEVICE FourFloats* place(int slot, int eight, int k) const {
    return reinterpret_cast<FourFloats*>(memory) + ((slot * kEights + eight) * 2 + k) * Block::kThreads +
           thread;
  }
};

}  // namespace convlstm::cuda
