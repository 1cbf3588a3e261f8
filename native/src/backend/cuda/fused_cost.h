// What the products of the fused kernels should cost on a device, and how they are cut by that.
//
// The model, in cycles of a multiprocessor. The blocks go round over the multiprocessors; the fullest has
// ceil(blocks / multiprocessors) of them, as many at once as its shared memory and registers hold. A stage of
// a block takes the longest of
//   products  its multiply-adds over what mma.sync reaches of the tensor cores (kReached), or of the ordinary
//             units; three of them a number where they are three
//   shared    bytes that its warps load from shared memory, and those that come in, over 128 a cycle
//   cache     bytes that come in over what a multiprocessor gets from the second cache: its share of the
//             whole, of multiprocessors that have no block too, up to 64 a cycle
//   latency   kStageLatency, shared by the blocks that run at once: from the barrier through loads and
//             products
// to which come, once a round, what fills the pipeline, and what ends the tiles: cycles a number, besides its
// bytes; and where blocks share the depth of a tile what they write and the last one reads. kReached and the
// latencies are guesses until someone has measured; NOTES.md says what has been.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/fused_arguments.h"

namespace convlstm::cuda {

struct DeviceFigures {
  int multiprocessors;
  double gigahertz;
  double half_products;   // multiply-adds of 16-bit numbers a cycle and multiprocessor; of tf32 half as many
  double plain_products;  // of float32 on the ordinary units
  double shared_bytes;    // of shared memory that blocks of a multiprocessor have
  double cache_bytes, memory_bytes;  // a cycle and multiprocessor

  double microseconds(double cycles) const { return cycles / gigahertz / 1000; }
};
// Of the architecture's largest chip; of one that is not known those of 9.0.
DeviceFigures figures_of(const std::string& architecture, int multiprocessors);
struct Device;
DeviceFigures figures_of(const Device& device);

// How a product is cut: into tiles, and the depth of a tile into parts.
struct FusedCut {
  FusedTile tile = FusedTile::k64By64;
  std::int32_t parts = 1;
  bool operator==(const FusedCut&) const = default;
};
struct TileSize {
  std::int32_t pixels, columns;
};
TileSize size_of(FusedTile tile);
// "64x32", or "64x32,split2".
std::string name_of(const FusedCut& cut);
std::optional<FusedCut> cut_of(const std::string& name);

// Cycles a multiprocessor takes to end a number of the product, by what is computed of it.
inline constexpr double kGateCycles = 0.125, kCellGradientCycles = 0.5, kInputGradientCycles = 0.1;

struct ProductSize {
  std::int64_t pixels, columns;
  std::int32_t stages;
  double end_cycles = kGateCycles;
};

struct ProductCost {
  std::int64_t blocks = 0, of_fullest = 0, at_once = 0;  // in all; of the fullest multiprocessor; together
  std::int64_t rounds = 0;                               // of the fullest
  const char* limit = "";                                // what a stage waits for
  double cycles = 0;
};
ProductCost cost_of(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    const FusedCut& cut);

// The cheapest of all cuts, or of those of one tile.
FusedCut choose_cut(const DeviceFigures& figures, FusedProducts products, const ProductSize& size,
                    std::optional<FusedTile> tile = {});
// Those that could be the fastest: every tile whole, and in as many parts as are cheapest.
std::vector<FusedCut> cuts_to_try(const DeviceFigures& figures, FusedProducts products,
                                  const ProductSize& size);

// What a stage waits for, and how long.
struct StageCost {
  double cycles;
  const char* limit;
};
StageCost longest(const StageCost& a, const StageCost& b, const StageCost& c);
// Bytes a cycle that a multiprocessor gets from the second cache where so many blocks are at work.
double cache_share(const DeviceFigures& figures, std::int64_t blocks);

inline constexpr double kReached = 0.6;  // of the tensor cores' peak; of the ordinary units likewise
inline constexpr double kLaunchMicroseconds = 1.5;  // of a kernel in a recorded sequence
inline constexpr double kRoundCycles = 1500;        // that fill the pipeline of a round of blocks
inline constexpr double kSharedBytes = 128;         // of shared memory a cycle

}  // namespace convlstm::cuda
