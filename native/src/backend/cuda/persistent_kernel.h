// The kernel of persistent_arguments.h.
#pragma once

#include "backend/cuda/fused_block.h"
#include "backend/cuda/fused_cell.h"
#include "backend/cuda/grid_launch.h"
#include "backend/cuda/grid_ops.h"
#include "backend/cuda/persistent_exchange.h"
#include "backend/cuda/persistent_halo.h"
#include "core/error.h"

namespace convlstm::cuda {

template <typename Block, typename Product, Element E, typename Math>
struct PersistentKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = 1;
  static constexpr int kParts = Block::kParts, kEights = Block::kEights;
  using Sums = WarpSums<Block::kRowTiles>;
  PersistentSequence work;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const FusedStep& common = work.step;
    const WarpPlace<Block> warp(block, kParts);
    const int part = block.x % kParts;
    const std::int32_t past = warp.first_pixel + Block::kRows;
    const std::int32_t last = (past < common.pixels ? past : common.pixels) - 1;
    const HaloMemory x(work.x, block.shared, part, common.place, warp.first_pixel, last);
    const HaloMemory h(work.h, block.shared, part, common.place, warp.first_pixel, last);
    const auto copy_x = [&](std::int32_t t) {
      if (has_input(t))
        x.template start_copy<false>(static_cast<const std::byte*>(common.x.data) + t * work.x_step,
                                     block.thread, kThreads);
      commit_copies();
    };

    copy_columns(block, part);
    x.prepare(block.thread, kThreads, common.place, work.images, warp.first_pixel, last, Block::kRows);
    h.prepare(block.thread, kThreads, common.place, work.images, warp.first_pixel, last, Block::kRows);
    copy_distances(block, part);
    sync_threads();
    copy_x(0);

    FusedStep now = common;
    const int channel = warp.group * kGroupChannels + warp.lane % 4 * 2;
    const bool has_cells = channel < common.grid.padded;
    const FusedCell<E, Math> cell(now, has_cells ? channel : 0);
    const auto each_cell = [&](const auto& body) {
      // Addresses of all cells of all steps, found before the first one, are more than there are registers.
      const std::int32_t first = find_anew(warp.pixel(0, 0));
      CLN_UNROLL for (int eight = 0; eight < kEights; ++eight) {
        const std::int32_t pixel = first + Block::turn(8 * eight, part);
        if (has_cells && pixel < common.pixels) body(eight, pixel);
      }
    };
    Pair c[kEights] = {}, hidden[kEights] = {};
    each_cell([&](int eight, std::int32_t pixel) {
      c[eight] = load_pair(work.c_slots.at(0), cell.place_of(pixel));
    });
    const std::int32_t patch = block.x / kParts;
    std::uint32_t* const flag = work.flags + (patch * work.groups + block.y) * kParts + part;
    const std::uint32_t base = *flag;

    for (std::int32_t t = 0; t < work.steps; ++t) {
      set_step(now, t);
      Sums sums = {};
      wait_copies<0>();
      sync_threads();  // x is there
      if (has_input(t)) add_products(sums, block, warp, x, 0, work.x_stages);
      wait_for_neighbours(patch, block.thread, base + static_cast<std::uint32_t>(t));
      sync_threads();  // their h is there, and all are done with x
      h.template start_copy<(kParts > 1)>(now.h.data, block.thread, kThreads);
      commit_copies();
      if (t + 1 < work.steps) copy_x(t + 1);
      // What the neighbours have read for the last time.
      each_cell([&](int, std::int32_t pixel) {
        forget_memory(static_cast<std::byte*>(now.h_after) + cell.place_of(pixel) * Product::kElementBytes,
                      2 * Product::kElementBytes);
      });
      if (t + 1 < work.steps)
        wait_copies<1>();
      else
        wait_copies<0>();
      sync_threads();
      add_products(sums, block, warp, h, work.x_stages, work.stages);
      if constexpr (kParts > 1) {
        const SumExchange<Block> exchange{block.shared + work.places.sums, block.thread, part};
        sync_cluster();  // nobody reads h any more, whose place the sums take
        exchange.send(sums);
        sync_cluster();
        exchange.add(sums);
      }
      each_cell([&](int eight, std::int32_t pixel) {
        hidden[eight] = cell.advance(sums[eight / 2], eight % 2, pixel, c[eight]);
      });
      sync_threads();
      if (block.thread == 0) raise_flag(flag, base + static_cast<std::uint32_t>(t) + 1);
      // Nobody waits for the rest.
      const bool keeps_c = work.c_slots.slots > 1 || t + 1 == work.steps;
      each_cell([&](int eight, std::int32_t pixel) {
        if (keeps_c) store_pair(now.c_after, cell.place_of(pixel), c[eight]);
        cell.write_out(hidden[eight], pixel);
      });
    }
  }

 private:
  CLN_DEVICE bool has_input(std::int32_t t) const { return t >= work.input_begin && t < work.input_end; }

  CLN_DEVICE void copy_columns(const BlockPlace& block, int part) const {
    constexpr std::int32_t kOfStage = Block::kColumns * kStageVectors;
    std::byte* const to = block.shared + work.places.columns;
    const std::int32_t* const sources = work.sources + part * work.stages * kStageVectors;
    for (std::int32_t stage = 0; stage < work.stages; ++stage)
      CLN_UNROLL for (int k = 0; k < Block::kVectorsOfThread; ++k) {
        const int i = block.thread + k * kThreads, column = i / kStageVectors;
        const std::int32_t source = sources[stage * kStageVectors + i % kStageVectors];
        copy_async(to + stage * kOfStage * kVectorBytes + stage_place(column, i % kStageVectors),
                   column_vector(block.y * Block::kColumns + column, source < 0 ? 0 : source), source >= 0);
      }
  }
  // Where vector `number` of all of the depth is in a column of the kernels.
  CLN_DEVICE const std::byte* column_vector(std::int32_t column, std::int32_t number) const {
    const std::int64_t row = static_cast<std::int64_t>(number / kStageVectors) * work.step.columns + column;
    return static_cast<const std::byte*>(work.step.kernel) +
           (row * kStageVectors + number % kStageVectors) * kVectorBytes;
  }

  CLN_DEVICE void copy_distances(const BlockPlace& block, int part) const {
    auto* const distances = reinterpret_cast<std::int32_t*>(block.shared + work.places.distances);
    const std::int32_t count = work.stages * kStageVectors;
    for (std::int32_t k = block.thread; k < count; k += kThreads)
      distances[k] = work.distances[part * count + k];
    if (block.thread < kVectorBytes / 4)
      reinterpret_cast<std::uint32_t*>(block.shared + work.places.zeros)[block.thread] = 0;
  }

  CLN_DEVICE void wait_for_neighbours(std::int32_t patch, int thread, std::uint32_t least) const {
    const std::int32_t begin = patch > work.reach ? patch - work.reach : 0;
    const std::int32_t past = patch + work.reach + 1;
    const std::int32_t end = past < work.patches ? past : work.patches;
    const std::int32_t of_patch = work.groups * kParts;
    for (std::int32_t k = begin * of_patch + thread; k < end * of_patch; k += kThreads)
      wait_for_flag(work.flags + k, least);
  }

  CLN_DEVICE void add_products(Sums& sums, const BlockPlace& block, const WarpPlace<Block>& warp,
                               const HaloMemory& halo, std::int32_t begin, std::int32_t end) const {
    std::int32_t own[Block::kRowTiles];
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile) own[tile] =
        halo.own()[warp.row + Block::turn(16 * tile + warp.lane % 16, block.x % kParts)];
    const auto* const distances = reinterpret_cast<const std::int32_t*>(block.shared + work.places.distances);
    for (std::int32_t stage = begin; stage < end; ++stage) {
      const auto row = [&](int tile, int vector) {
        const std::int32_t distance = distances[stage * kStageVectors + vector];
        return block.shared + (distance >= 0 ? own[tile] + distance : work.places.zeros);
      };
      const std::byte* const columns =
          block.shared + work.places.columns + stage * (Block::kColumns * kStageVectors * kVectorBytes);
      MatrixProducts<Product>::template add_rows<Block::kRowTiles>(sums, row, columns,
                                                                   warp.across * kGroupColumns, warp.lane);
    }
  }

  // `now` becomes step t.
  CLN_DEVICE void set_step(FusedStep& now, std::int32_t t) const {
    const FusedStep& common = work.step;
    const bool is_last = t + 1 == work.steps;
    now.h.data = work.h_slots.at(t);
    now.h_after = work.h_slots.at(t + 1);
    now.c_after = work.c_slots.at(t + 1);
    if (work.gate_slots.data != nullptr)
      CLN_UNROLL for (int gate = 0; gate < 4; ++gate) now.gates[gate].data =
          work.gate_slots.at(t) + gate * work.gate_stride;
    if (common.active != nullptr) now.active = common.active + t * work.mask_step;
    if (common.emits != nullptr) now.emits = common.emits + t * work.mask_step;
    if (common.y.data != nullptr)
      now.y.data = work.has_all_y ? common.y.data + t * common.y.step : is_last ? common.y.data : nullptr;
    now.final.data = is_last ? common.final.data : nullptr;
  }
};

// Calls run(block) with the block of `tile`, which is not of a cluster.
template <typename Run>
auto with_block(PersistentTile tile, const Run& run) {
  switch (tile) {
    case PersistentTile::k64By128:
      return run(PersistentBlock<FusedBlock<1, 4, 4>, 1>{});
    case PersistentTile::k32By128:
      return run(PersistentBlock<FusedBlock<1, 4, 2>, 1>{});
    case PersistentTile::k256By32:
      return run(PersistentBlock<FusedBlock<4, 1, 4>, 1>{});
    case PersistentTile::k128By64:
      return run(PersistentBlock<FusedBlock<2, 2, 4>, 1>{});
    case PersistentTile::k32By64:
      return run(PersistentBlock<FusedBlock<2, 2, 1>, 1>{});
    case PersistentTile::k64By32:
      return run(PersistentBlock<FusedBlock<2, 1, 2>, 1>{});
    default:
      return run(PersistentBlock<FusedBlock<1, 2, 1>, 1>{});
  }
}

// Likewise of a cluster.
template <typename Run>
auto with_cluster_block(PersistentTile tile, const Run& run) {
  switch (tile) {
    case PersistentTile::k512By64Cluster2:
      return run(PersistentBlock<FusedBlock<4, 2, 8>, 2>{});
    case PersistentTile::k256By64Cluster2:
      return run(PersistentBlock<FusedBlock<4, 2, 4>, 2>{});
    case PersistentTile::k128By64Cluster4:
      return run(PersistentBlock<FusedBlock<2, 2, 4>, 4>{});
    case PersistentTile::k128By32Cluster4:
      return run(PersistentBlock<FusedBlock<4, 1, 2>, 4>{});
    case PersistentTile::k64By32Cluster4:
      return run(PersistentBlock<FusedBlock<2, 1, 2>, 4>{});
    default:
      return run(PersistentBlock<FusedBlock<4, 1, 4>, 8>{});
  }
}

// How kernels of one block are counted and started.
template <typename Product, Element E, typename Math>
struct PersistentKernels {
  template <typename Block>
  PersistentCalls operator()(Block) const {
    // Sums of so many pixels and both halves of every number are more than a thread's registers.
    if constexpr (std::is_same_v<Product, ThreeTf32Product> && Block::kRowTiles > 4)
      return {};
    else
      return calls<Block>();
  }

 private:
  template <typename Block>
  static PersistentCalls calls() {
    using Kernel = PersistentKernel<Block, Product, E, Math>;
    return {[](const Stream& stream, std::size_t shared_bytes) {
              return resident_blocks<Kernel>(stream, shared_bytes, Block::kParts);
            },
            [](Stream& stream, const PersistentSequence& work) {
              launch_grid(stream, {std::int64_t{work.patches} * Block::kParts, work.groups},
                          static_cast<std::size_t>(work.places.bytes), Kernel{work}, Block::kParts);
            }};
  }
};

}  // namespace convlstm::cuda
