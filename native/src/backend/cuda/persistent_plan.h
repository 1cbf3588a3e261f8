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
  std::int64_t blocks() const { return std::int64_t{patches} * groups * parts; }
  std::int32_t stages() const { return x_stages + h_stages; }
  // Of a step that has an input, what is padded counted.
  double multiply_adds() const {
    return static_cast<double>(blocks()) * size.pixels * size.columns * stages() * kStageVectors *
           step.vector_channels;
  }
  // Of persistent_arguments.h: [parts][stages][kStageVectors].
  const std::vector<std::int32_t>& distances() const { return distances_; }
  const std::vector<std::int32_t>& sources() const { return sources_; }
  std::int32_t sum_bytes() const;  // that come from the other blocks of a cluster, in a step

  FusedPlan step;  // `columns` are of whole tiles of this plan
  PersistentTile tile;
  TileSize size;
  Halo x{}, h{};
  PersistentPlaces places{};
  std::int32_t patches = 0, groups = 0, reach = 0;
  std::int32_t parts;                       // blocks that share the depth of a tile
  std::int32_t x_stages = 0, h_stages = 0;  // of a part

 private:
  bool lay_out(std::int64_t batch, Element element);
  void place_all(std::int32_t columns_bytes);
  void add_part(std::int32_t part);

  std::vector<std::int32_t> distances_, sources_;
};

TileSize size_of(PersistentTile tile);
std::int32_t parts_of(PersistentTile tile);

// By name: "64x128,sequence", "128x32,cluster4".
std::string name_of(PersistentTile tile);
std::optional<PersistentTile> persistent_tile_of(const std::string& name);

// Null where there is no such kernel: of plain products; of clusters but on compute capability 9.0; of three
// tf32 products the tile of most pixels.
PersistentCalls calls_of(const Stream& stream, FusedProducts products, PersistentTile tile);
// Whether the device holds its blocks all at once.
bool fits(const Stream& stream, FusedProducts products, const PersistentPlan& plan);
// The microseconds of a step: products as fused_cost.h has them, with no columns to come in and no barrier a
// stage; the way of h through memory, with the flags and the epilogue; and that of the sums through a
// cluster.
double microseconds_of(const DeviceFigures& figures, FusedProducts products, const PersistentPlan& plan);

// Those that fit, the cheapest first.
std::vector<PersistentPlan> persistent_plans(const Device& device, const FusedPlan& plan, Element element,
                                             FusedProducts products, std::int64_t batch);

}  // namespace convlstm::cuda
