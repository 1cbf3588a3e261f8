// The kernel of persistent_arguments.h.
#pragma once

#include "backend/cuda/fused_block.h"
#include "backend/cuda/fused_cell.h"
#include "backend/cuda/grid_launch.h"
#include "backend/cuda/grid_ops.h"
#include "backend/cuda/persistent_halo.h"
#include "core/error.h"

namespace convlstm::cuda {

template <typename Block, typename Product, Element E, typename Math>
struct PersistentKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = 1;
  using Sums = WarpSums<Block::kRowTiles>;
  PersistentSequence work;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const FusedStep& common = work.step;
    const WarpPlace<Block> warp(block, 1);
    const std::int32_t past = warp.first_pixel + Block::kRows;
    const std::int32_t last = (past < common.pixels ? past : common.pixels) - 1;
    const HaloMemory x(work.x, block.shared, common.place, warp.first_pixel, last);
    const HaloMemory h(work.h, block.shared, common.place, warp.first_pixel, last);
    const auto copy_x = [&](std::int32_t t) {
      if (has_input(t))
        x.start_copy(static_cast<const std::byte*>(common.x.data) + t * work.x_step, block.thread, kThreads);
      commit_copies();
    };

    copy_columns(block);
    x.prepare(block.thread, kThreads, common.place, work.images, warp.first_pixel, last, Block::kRows);
    h.prepare(block.thread, kThreads, common.place, work.images, warp.first_pixel, last, Block::kRows);
    copy_distances(block);
    sync_threads();
    copy_x(0);

    FusedStep now = common;
    const int channel = warp.group * kGroupChannels + warp.lane % 4 * 2;
    const bool has_cells = channel < common.grid.padded;
    const FusedCell<E, Math> cell(now, has_cells ? channel : 0);
    const auto each_cell = [&](const auto& body) {
      // Addresses of all cells of all steps, found before the first one, are more than there are registers.
      const std::int32_t first = find_anew(warp.pixel(0, 0));
      CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile)
          CLN_UNROLL for (int half = 0; half < 2; ++half) {
        const std::int32_t pixel = first + 16 * tile + 8 * half;
        if (has_cells && pixel < common.pixels) body(tile, half, pixel);
      }
    };
    Pair c[Block::kRowTiles][2] = {}, hidden[Block::kRowTiles][2] = {};
    each_cell([&](int tile, int half, std::int32_t pixel) {
      c[tile][half] = load_pair(work.c_slots.at(0), cell.place_of(pixel));
    });
    std::uint32_t* const flag = work.flags + block.x * work.groups + block.y;
    const std::uint32_t base = *flag;

    for (std::int32_t t = 0; t < work.steps; ++t) {
      set_step(now, t);
      Sums sums = {};
      wait_copies<0>();
      sync_threads();  // x is there
      if (has_input(t)) add_products(sums, block, warp, x, 0, common.x_stages);
      wait_for_neighbours(block, base + static_cast<std::uint32_t>(t));
      sync_threads();  // their h is there, and all are done with x
      h.start_copy(now.h.data, block.thread, kThreads);
      commit_copies();
      if (t + 1 < work.steps) copy_x(t + 1);
      // What the neighbours have read for the last time.
      each_cell([&](int, int, std::int32_t pixel) {
        forget_memory(static_cast<std::byte*>(now.h_after) + cell.place_of(pixel) * Product::kElementBytes,
                      2 * Product::kElementBytes);
      });
      if (t + 1 < work.steps)
        wait_copies<1>();
      else
        wait_copies<0>();
      sync_threads();
      add_products(sums, block, warp, h, common.x_stages, common.stages);
      each_cell([&](int tile, int half, std::int32_t pixel) {
        hidden[tile][half] = cell.advance(sums[tile], half, pixel, c[tile][half]);
      });
      sync_threads();
      if (block.thread == 0) raise_flag(flag, base + static_cast<std::uint32_t>(t) + 1);
      // Nobody waits for the rest.
      const bool keeps_c = work.c_slots.slots > 1 || t + 1 == work.steps;
      each_cell([&](int tile, int half, std::int32_t pixel) {
        if (keeps_c) store_pair(now.c_after, cell.place_of(pixel), c[tile][half]);
        cell.write_out(hidden[tile][half], pixel);
      });
    }
  }

 private:
  CLN_DEVICE bool has_input(std::int32_t t) const { return t >= work.input_begin && t < work.input_end; }

  CLN_DEVICE void copy_columns(const BlockPlace& block) const {
    const FusedStep& common = work.step;
    constexpr std::int32_t kOfStage = Block::kColumns * kStageVectors;
    std::byte* const to = block.shared + work.places.columns;
    const std::byte* const from = static_cast<const std::byte*>(common.kernel) +
                                  static_cast<std::int64_t>(block.y) * kOfStage * kVectorBytes;
    for (std::int32_t stage = 0; stage < common.stages; ++stage)
      CLN_UNROLL for (int k = 0; k < Block::kVectorsOfThread; ++k) {
        const int i = block.thread + k * kThreads;
        const std::int64_t vector = static_cast<std::int64_t>(stage) * common.columns * kStageVectors + i;
        copy_async(to + stage * kOfStage * kVectorBytes + stage_place(i / kStageVectors, i % kStageVectors),
                   from + vector * kVectorBytes, true);
      }
  }

  CLN_DEVICE void copy_distances(const BlockPlace& block) const {
    auto* const distances = reinterpret_cast<std::int32_t*>(block.shared + work.places.distances);
    for (std::int32_t k = block.thread; k < work.step.stages * kStageVectors; k += kThreads)
      distances[k] = work.distances[k];
    if (block.thread < kVectorBytes / 4)
      reinterpret_cast<std::uint32_t*>(block.shared + work.places.zeros)[block.thread] = 0;
  }

  CLN_DEVICE void wait_for_neighbours(const BlockPlace& block, std::uint32_t least) const {
    const std::int32_t begin = block.x > work.reach ? block.x - work.reach : 0;
    const std::int32_t past = block.x + work.reach + 1;
    const std::int32_t end = past < work.patches ? past : work.patches;
    for (std::int32_t k = begin * work.groups + block.thread; k < end * work.groups; k += kThreads)
      wait_for_flag(work.flags + k, least);
  }

  CLN_DEVICE void add_products(Sums& sums, const BlockPlace& block, const WarpPlace<Block>& warp,
                               const HaloMemory& halo, std::int32_t begin, std::int32_t end) const {
    std::int32_t own[Block::kRowTiles];
    CLN_UNROLL for (int tile = 0; tile < Block::kRowTiles; ++tile) own[tile] =
        halo.own()[warp.row + 16 * tile + warp.lane % 16];
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

// Calls run(block) with the block of `tile`.
template <typename Run>
auto with_block(PersistentTile tile, const Run& run) {
  switch (tile) {
    case PersistentTile::k64By128:
      return run(FusedBlock<1, 4, 4>{});
    case PersistentTile::k32By128:
      return run(FusedBlock<1, 4, 2>{});
    case PersistentTile::k128By64:
      return run(FusedBlock<2, 2, 4>{});
    case PersistentTile::k32By64:
      return run(FusedBlock<2, 2, 1>{});
    case PersistentTile::k64By32:
      return run(FusedBlock<2, 1, 2>{});
    case PersistentTile::k16By64:
      break;
  }
  return run(FusedBlock<1, 2, 1>{});
}

template <typename Product, Element E, typename Math>
std::int64_t count_persistent(const Stream& stream, PersistentTile tile, std::size_t shared_bytes) {
  return with_block(tile, [&]<typename Block>(Block) {
    return resident_blocks<PersistentKernel<Block, Product, E, Math>>(stream, shared_bytes);
  });
}

template <typename Product, Element E, typename Math>
void start_persistent(Stream& stream, PersistentTile tile, const PersistentSequence& work) {
  with_block(tile, [&]<typename Block>(Block) {
    launch_grid(stream, {work.patches, work.groups}, static_cast<std::size_t>(work.places.bytes),
                PersistentKernel<Block, Product, E, Math>{work});
  });
}

// Of persistent_float.cu.
std::int64_t persistent_blocks_float(const Stream& stream, FusedProducts products, PersistentTile tile,
                                     std::size_t shared_bytes);
void run_persistent_float(Stream& stream, FusedProducts products, PersistentTile tile,
                          const PersistentSequence& work);

}  // namespace convlstm::cuda
