// How a ConvLSTM of one shape is cut for the kernels of hopper_arguments.h.
#pragma once

#include <optional>
#include <string>

#include "backend/cuda/device.h"
#include "backend/cuda/fused_weights.h"
#include "backend/cuda/hopper_arguments.h"
#include "backend/verdict.h"
#include "cell/convolution.h"

namespace convlstm::cuda {

struct HopperPlan {
  // Why not: the device, what tensor maps cannot say, or products that a warpgroup does not have.
  static Verdict supports(const Device& device, const RecurrentDesc& desc, const InputShape& shape);

  HopperPlan(const RecurrentDesc& desc, const InputShape& shape, Element element, HopperTile tile);

  std::int32_t stages() const { return x.stages + h.stages; }

  HopperPart x, h;
  bool is_deep;
  HopperTile tile;
  std::int32_t hidden;   // channels
  std::int32_t columns;  // of whole tiles
};

// Kernels as HopperStep has them.
FusedPacking packing_of(const HopperPlan& plan, Element element);

// The one whose fullest multiprocessor has least to do.
HopperTile choose_hopper_tile(std::int64_t pixels, std::int64_t groups, int multiprocessors);
HopperTile best_hopper_tile(const Device& device, const RecurrentDesc& desc, const InputShape& shape);

// By name: "64x128,hopper".
std::string name_of(HopperTile tile);
std::optional<HopperTile> hopper_tile_of(const std::string& name);

struct HopperTileSize {
  std::int32_t pixels, columns;
};
HopperTileSize size_of(HopperTile tile);

// Maps of the pixels of a source, and of kernels, for copies of a tile.
TensorMap map_of(const FusedSource& source, const HopperPart& part, const Position& states,
                 std::int32_t images, bool is_deep, FusedProducts products, std::int32_t rows);
TensorMap map_of(const void* kernel, std::int64_t rows, FusedProducts products, std::int32_t columns);

}  // namespace convlstm::cuda
