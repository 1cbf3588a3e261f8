// One step of a ConvLSTM in one kernel: the product of an implicit matrix of pixels by depth with the
// kernels' columns, and the cell in its epilogue. No pre-activation reaches memory.
//
//   rows     pixels of all images of the batch
//   columns  in groups of 8 hidden channels: i of the 8, then f, g and o, so that one thread holds all four
//            gates of a cell
//   depth    vectors of 16 bytes of channels: those of x at every element of the input kernel, then those of
//            h; each filled up to whole stages of kStageVectors. x and h are read where they lie.
//
// Where a grid of blocks does not fill the device, several blocks share the depth of a tile: each leaves its
// sums in memory, and whoever comes last adds them up, always in the same order, and goes on.
#pragma once

#include <cstdint>

#include "backend/cuda/divisor.h"
#include "backend/cuda/element.h"
#include "backend/cuda/stage_arguments.h"

namespace convlstm::cuda {

inline constexpr int kVectorBytes = 16, kStageVectors = 4;
inline constexpr int kGroupChannels = 8, kGroupColumns = 4 * kGroupChannels;

// What a vector of the depth reads: pixel stride * p + offset, from `channel` on.
struct alignas(16) SourceVector {
  Position offset;
  std::int32_t channel;  // -1: zeros
};

// Images whose channels lie last.
struct FusedSource {
  const void* data = nullptr;
  Position size{}, stride{};
  std::int32_t padded = 0;  // channels of a pixel, whole vectors
};

// Blocks that share the depth of a tile.
struct DepthSplit {
  std::int32_t parts = 1;
  float* sums = nullptr;             // [tiles][parts] of a block
  std::uint32_t* arrived = nullptr;  // [tiles], zeros before and after
};

struct ImplicitProduct {
  FusedSource x, h;
  const SourceVector* vectors;    // [stages][kStageVectors]
  const void* kernel;             // [stages][columns][kStageVectors] vectors
  std::int32_t columns;           // a multiple of those of a tile
  std::int32_t first_stage;       // those before it are left out: x_stages where there is no x
  std::int32_t x_stages, stages;  // of x; in all
  std::int32_t pixels;            // of all images
  PixelSplit place;               // of a row
  DepthSplit split;
};

struct FusedStep : ImplicitProduct {  // h before the step
  ImageGrid grid;                     // of the states

  ScalarMath math;
  const float* bias;            // [gate][padded]
  const float* peephole;        // of i, f, o: [3][padded]; null: none
  std::int32_t peephole_pixel;  // from one pixel to the next: 0 where all have the same
  const std::uint8_t* active;   // of image n at n * mask_stride; null: all count
  const std::uint8_t* emits;
  std::int64_t mask_stride;

  const float* c_before;  // as ImageGrid has it
  float* c_after;         // may be the same
  float* hidden;          // likewise h in float32; null: not wanted
  void* h_after;          // as h; not the same memory
  FramesView<float> y, final;
  StageArray gates[4];  // i f g o, for a backward; null: not wanted
};

// What products of float32 are.
enum class FusedProducts : std::uint8_t {
  kBfloat16,
  kFloat16,
  kTf32,
  kThreeTf32,  // of both halves of every number: as good as float32
  kPlain       // on the ordinary units
};

// Pixels by columns of a block.
enum class FusedTile : std::uint8_t { k128By128, k64By64, k64By32 };

// Queues the step.
void run_fused_step(Stream& stream, FusedProducts products, FusedTile tile, const FusedStep& step);

}  // namespace convlstm::cuda
