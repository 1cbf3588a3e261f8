// Whether a ConvLSTM of one shape runs as one kernel for the whole sequence, and how it is cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/device.h"
#include "backend/cuda/fused_plan.h"
#include "backend/cuda/persistent_arguments.h"

namespace convlstm::cuda {

struct PersistentPlan {
  PersistentPlan(const FusedPlan& plan, Element element, std::int64_t batch, PersistentTile tile);

  // False where it cannot be: a block would need more shared memory than there is, or numbers more bits.
  bool is_possible() const { return places.bytes > 0; }
  std::int64_t blocks() const { return std::int64_t{patches} * groups; }
  // Of a step that has an input, what is padded counted.
  double multiply_adds() const {
    return static_cast<double>(blocks()) * size.pixels * size.columns * step.stages() * kStageVectors *
           step.vector_channels;
  }
  std::vector<std::int32_t> distances() const { return distances_; }

  FusedPlan step;  // `columns` are of whole tiles of this plan
  PersistentTile tile;
  TileSize size;
  Halo x{}, h{};
  PersistentPlaces places{};
  std::int32_t patches = 0, groups = 0, reach = 0;

 private:
  bool lay_out(std::int64_t batch, Element element);
  void place_all(std::int32_t columns_bytes);

  std::vector<std::int32_t> distances_;
};

TileSize size_of(PersistentTile tile);

// By name: "64x128,sequence".
std::string name_of(PersistentTile tile);
std::optional<PersistentTile> persistent_tile_of(const std::string& name);

// Whether the device holds its blocks all at once.
bool fits(const Stream& stream, FusedProducts products, const PersistentPlan& plan);
// The microseconds of a step: products as fused_cost.h has them, with no columns to come in and no barrier a
// stage; and the way of h through memory, with the flags and the epilogue.
double microseconds_of(const DeviceFigures& figures, FusedProducts products, const PersistentPlan& plan);

// Those that fit, the cheapest first.
std::vector<PersistentPlan> persistent_plans(const Device& device, const FusedPlan& plan, Element element,
                                             FusedProducts products, std::int64_t batch);

}  // namespace convlstm::cuda
