// A step of fused_arguments.h by products of warpgroups (compute capability 9.0). Rows and columns are the
// same; the depth is cut otherwise: a stage has 128 bytes of every row, pieces of the channels of a pixel at
// one element of a kernel, as tensor maps bring them.
#pragma once

#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/tensor_map.h"

namespace convlstm::cuda {

inline constexpr int kHopperStageBytes = 128;

// One of the two sources along the depth. Axes are w, h, d.
struct HopperPart {
  std::int32_t inputs = 0;     // channels
  std::int32_t span_bits = 7;  // a piece has 32, 64 or 128 bytes, and 4, 2 or 1 of them are a stage
  std::int32_t pieces = 0;     // of a pixel
  std::int32_t taps = 0;       // elements of the kernel
  std::int32_t stages = 0;
  std::int32_t kernel[3] = {}, dilation[3] = {}, before[3] = {}, stride[3] = {};

  CLN_HOST_DEVICE std::int32_t stage_pieces() const { return kHopperStageBytes >> span_bits; }
};

// Pixels by columns of a consumer.
enum class HopperTile : std::uint8_t { k128By128, k64By128, k64By64 };
inline constexpr HopperTile kHopperTiles[] = {HopperTile::k128By128, HopperTile::k64By128,
                                              HopperTile::k64By64};

struct HopperStep {
  FusedStep step;  // without vectors and kernel; its first stage is 0 where it has an x
  HopperPart x, h;
  std::int32_t images;
  bool is_deep = false;  // images have a depth: maps of 5 axes
  TensorMap map_x, map_h, map_kernel;
};

// Queues the step.
void run_hopper_step(Stream& stream, FusedProducts products, HopperTile tile, const HopperStep& step);

}  // namespace convlstm::cuda
