// Whether a ConvLSTM of one shape runs as one kernel for the whole sequence, and how it is cut.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backend/cuda/fused_plan.h"
#include "backend/cuda/persistent_arguments.h"

namespace convlstm::cuda {

struct PersistentPlan {
  PersistentPlan(const FusedPlan& plan, Element element, std::int64_t batch, PersistentTile tile);

  // False where it cannot be: a block would need more shared memory than there is, or numbers more bits.
  bool is_possible() const { return places.bytes > 0; }
  std::int64_t blocks() const { return std::int64_t{patches} * groups; }
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

// The plan whose blocks the device holds at once and whose fullest multiprocessor has least to do; none where
// there is none, or where steps one by one should be done sooner. A step of its own costs a launch and the
// filling of the pipeline, 2.5 us; one of these the way of h through memory and back, 1.3 us (NOTES.md).
std::optional<PersistentPlan> choose_persistent(const Stream& stream, const FusedPlan& plan, Element element,
                                                FusedProducts products, std::int64_t batch);

}  // namespace convlstm::cuda
