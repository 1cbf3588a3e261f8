// The kernel of hopper_arguments.h. As many blocks as multiprocessors share the tiles. In each a thread of
// the first warpgroup, the producer, starts copies of stages into a ring; the two others, the consumers, take
// tiles in turns: while one runs the cell of its tile, the products of the other's are under way.
#pragma once

#include "backend/cuda/fused_cell.h"
#include "backend/cuda/hopper_arguments.h"
#include "backend/cuda/hopper_ops.h"
#include "backend/cuda/hopper_stages.h"

namespace convlstm::cuda {

// Tiles of 64 pixels that a consumer has; columns of its tile, and how often they are packed.
template <int kRowTiles, int kColumnCount, int kSets>
struct HopperBlock {
  static constexpr int kConsumers = 2, kThreads = (1 + kConsumers) * kWarpgroupThreads;
  static constexpr int kTiles = kRowTiles, kRows = kRowTiles * kWarpgroupRows, kColumns = kColumnCount;
  static constexpr int kGroups = kColumns / kGroupColumns;
  static constexpr int kKernelSets = kSets, kSetBytes = kColumns * kHopperStageBytes;
  static constexpr int kPixelBytes = kRows * kHopperStageBytes;
  static constexpr int kStageBytes = kPixelBytes + kKernelSets * kSetBytes;
  static constexpr int kMostBytes = 227 << 10, kAlignment = 1024, kBarrierBytes = 256;
  static constexpr int kFitting = (kMostBytes - kAlignment - kBarrierBytes) / kStageBytes;
  static constexpr int kStages = kFitting < 8 ? kFitting : 8;
  static constexpr int kSharedBytes = kStages * kStageBytes + kAlignment + kBarrierBytes;
  static_assert((2 * kStages + kConsumers) * sizeof(Barrier) <= kBarrierBytes);
  // Of a thread; all of them have 168 at first.
  static constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
  static_assert(kWarpgroupThreads * (kProducerRegisters + kConsumers * kConsumerRegisters) <= 65536);
};

// A place in the ring, and the parity of its round.
template <int kStages>
struct RingPlace {
  int slot;
  unsigned parity;
  CLN_DEVICE explicit RingPlace(std::int64_t stage)
      : slot(static_cast<int>(stage % kStages)), parity(static_cast<unsigned>(stage / kStages & 1)) {}
  CLN_DEVICE void next() {
    if (++slot < kStages) return;
    slot = 0;
    parity ^= 1;
  }
};

template <typename Block, typename Products, Element E, typename Math>
struct HopperKernel {
  static constexpr int kThreads = Block::kThreads, kBlocks = 1;
  HopperStep work;
  std::int32_t tiles, tiles_across, blocks;

  CLN_DEVICE void operator()(const BlockPlace& block) const {
    const Ring ring(block.shared);
    if (block.thread == 0) {
      for (int k = 0; k < Block::kStages; ++k) {
        init_barrier(ring.full + k, 1);
        init_barrier(ring.empty + k, kWarpgroupThreads / kWarpLanes);
      }
      for (int k = 0; k < Block::kConsumers; ++k)
        init_barrier(ring.turns + k, kWarpgroupThreads / kWarpLanes);
      fence_barriers();
    }
    sync_threads();
    if (block.thread < kWarpgroupThreads) {
      give_registers<Block::kProducerRegisters>();
      if (block.thread == 0) produce(block, ring);
    } else {
      take_registers<Block::kConsumerRegisters>();
      consume(block, ring);
    }
  }

 private:
  struct Ring {
    std::byte* stages;  // of kStageBytes: rows of pixels, then those of the kernels
    Barrier *full, *empty;
    Barrier* turns;  // of each consumer: the other has come to the end of its tile's stages
    CLN_DEVICE explicit Ring(std::byte* shared) {
#if defined(__CUDACC__)
      stages = shared + (Block::kAlignment - shared_address(shared) % Block::kAlignment) % Block::kAlignment;
#else
      stages = shared;  // aligned
#endif
      full = reinterpret_cast<Barrier*>(stages + Block::kStages * Block::kStageBytes);
      empty = full + Block::kStages;
      turns = empty + Block::kStages;
    }
  };
  // The first stage of x is left out with x.
  CLN_DEVICE std::int32_t x_stages() const {
    return work.step.x.data != nullptr ? work.x.stages : 0;
  }

  CLN_DEVICE void produce(const BlockPlace& block, const Ring& ring) const {
    RingPlace<Block::kStages> place(0);
    unsigned empty_parity = 1;  // of the round before the first: over at once
    const auto next = [&] {
      place.next();
      if (place.slot == 0) empty_parity ^= 1;
    };
    for (std::int32_t tile = block.x; tile < tiles; tile += blocks) {
      const std::int32_t across = tile % tiles_across;
      const PixelPlace first = work.step.place.place(tile / tiles_across * Block::kRows);
      const auto produce_part = [&](const HopperPart& part, const TensorMap& map, std::int32_t first_stage) {
        for (std::int32_t stage = 0; stage < part.stages; ++stage, next()) {
          wait_barrier(ring.empty + place.slot, empty_parity);
          std::byte* const to = ring.stages + place.slot * Block::kStageBytes;
          Barrier* const full = ring.full + place.slot;
          arrive_expecting(full, Block::kStageBytes);
          for (std::int32_t k = 0; k < part.stage_pieces(); ++k)
            copy_piece(part, map, first, stage * part.stage_pieces() + k,
                       to + (k * Block::kRows << part.span_bits), full);
          for (std::int32_t set = 0; set < Block::kKernelSets; ++set)
            copy_tile(to + Block::kPixelBytes + set * Block::kSetBytes, work.map_kernel, full, 0,
                      ((first_stage + stage) * Block::kKernelSets + set) * work.step.columns +
                          across * Block::kColumns);
        }
      };
      if (work.step.x.data != nullptr) produce_part(work.x, work.map_x, 0);
      produce_part(work.h, work.map_h, work.x.stages);
    }
  }

  // Of all pixels of a tile; past the last piece zeros, which lie in an image that is not there.
  CLN_DEVICE void copy_piece(const HopperPart& part, const TensorMap& map, const PixelPlace& first,
                             std::int32_t piece, std::byte* to, Barrier* full) const {
    const std::int32_t tap = piece / part.pieces, of_pixel = piece - tap * part.pieces;
    const std::int32_t line = tap / part.kernel[0], depth = line / part.kernel[1];
    const PixelCopy copy{(of_pixel << part.span_bits) / (E == Element::kFloat32 ? 4 : 2),
                         first.at.w * part.stride[0] - part.before[0],
                         first.at.h * part.stride[1] - part.before[1],
                         first.at.d * part.stride[2] - part.before[2],
                         tap < part.taps ? first.image : work.images,
                         static_cast<std::uint16_t>((tap - line * part.kernel[0]) * part.dilation[0]),
                         static_cast<std::uint16_t>((line - depth * part.kernel[1]) * part.dilation[1]),
                         static_cast<std::uint16_t>(depth * part.dilation[2])};
    if (work.is_deep)
      copy_pixels<5>(to, map, full, copy);
    else
      copy_pixels<4>(to, map, full, copy);
  }

  CLN_DEVICE void consume(const BlockPlace& block, const Ring& ring) const {
    const int consumer = block.thread / kWarpgroupThreads - 1;
    std::int32_t turn = consumer;
    for (std::int32_t tile = block.x + consumer * blocks; tile < tiles;
         tile += Block::kConsumers * blocks, turn += Block::kConsumers) {
      float sums[Block::kTiles][Block::kGroups][4][4] = {};
      // Whoever waited for a stage of a round to come would take the parity of the round before for it.
      if (turn > 0) wait_barrier(ring.turns + consumer, static_cast<unsigned>((turn - 1) / 2 & 1));
      multiply(ring, turn, block.thread, sums);
      finish(tile, block.thread % kWarpgroupThreads, sums);
    }
  }

  // All stages of the tile that is number `turn` of the block.
  CLN_DEVICE void multiply(const Ring& ring, std::int32_t turn, int thread,
                           float (&sums)[Block::kTiles][Block::kGroups][4][4]) const {
    const std::int32_t stages = x_stages() + work.h.stages;
    const bool is_first_lane = thread % kWarpLanes == 0;
    using Flat = float[Block::kTiles][Block::kColumns / 2];
    RingPlace<Block::kStages> place(static_cast<std::int64_t>(turn) * stages);
    typename Products::Fragments fragments;
    int last_slot = 0;
    for (std::int32_t stage = 0; stage < stages; ++stage, place.next()) {
      const std::byte* const pixels = ring.stages + place.slot * Block::kStageBytes;
      const int bits = (stage < x_stages() ? work.x : work.h).span_bits;
      wait_barrier(ring.full + place.slot, place.parity);
      Products::template add<Block>(reinterpret_cast<Flat&>(sums), fragments,
                                    {pixels, pixels + Block::kPixelBytes, bits}, thread, [&] {
                                      if (stage > 0 && is_first_lane) arrive(ring.empty + last_slot);
                                    });
      last_slot = place.slot;
    }
    const int other = Block::kConsumers - thread / kWarpgroupThreads;
    if (is_first_lane) arrive(ring.turns + other);
    wait_products<0>();
    if (is_first_lane) arrive(ring.empty + last_slot);
  }

  CLN_DEVICE void finish(std::int32_t tile, int thread,
                         const float (&sums)[Block::kTiles][Block::kGroups][4][4]) const {
    const int lane = thread % kWarpLanes, warp = thread / kWarpLanes;
    const std::int32_t across = tile % tiles_across;
    const std::int32_t row = tile / tiles_across * Block::kRows + 16 * warp + lane / 4;
    CLN_UNROLL for (int group = 0; group < Block::kGroups; ++group) {
      const int channel = (across * Block::kGroups + group) * kGroupChannels + lane % 4 * 2;
      if (channel >= work.step.grid.padded) return;
      const FusedCell<E, Math> cell(work.step, channel);
      CLN_UNROLL for (int k = 0; k < Block::kTiles; ++k) CLN_UNROLL for (int half = 0; half < 2; ++half) {
        const std::int32_t pixel = row + kWarpgroupRows * k + 8 * half;
        if (pixel < work.step.pixels) cell.finish(sums[k][group], half, pixel);
      }
    }
  }
};

template <typename Products, Element E, typename Math>
void run_hopper(Stream& stream, HopperTile tile, const HopperStep& work) {
  const auto run = [&]<typename Block>(Block) {
    const std::int32_t across = work.step.columns / Block::kColumns;
    const std::int32_t tiles = (work.step.pixels + Block::kRows - 1) / Block::kRows * across;
    const std::int32_t blocks = tiles < stream.multiprocessors() ? tiles : stream.multiprocessors();
    launch_blocks(stream, {blocks, 1}, Block::kSharedBytes,
                  HopperKernel<Block, Products, E, Math>{work, tiles, across, blocks});
  };
  switch (tile) {
    case HopperTile::k128By128:
      return run(HopperBlock<2, 128, Products::kKernelSets>{});
    case HopperTile::k64By128:
      return run(HopperBlock<1, 128, Products::kKernelSets>{});
    case HopperTile::k64By64:
      return run(HopperBlock<1, 64, Products::kKernelSets>{});
  }
}

}  // namespace convlstm::cuda
