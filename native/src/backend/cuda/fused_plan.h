// How a ConvLSTM of one shape is cut for the fused kernels: the depth into vectors and stages, pixels and
// columns into tiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/cuda/fused_arguments.h"
#include "cell/convolution.h"

namespace convlstm::cuda {

// One of the two convolutions along the depth.
struct FusedPart {
  std::int32_t inputs = 0;   // channels
  std::int32_t vectors = 0;  // of a pixel
  std::int32_t taps = 0;     // elements of the kernel
  std::int32_t first_stage = 0, stages = 0;
};

struct FusedPlan {
  FusedPlan(const RecurrentDesc& desc, const Size3& input, Element element, FusedTile tile);

  std::int32_t stages() const { return h.first_stage + h.stages; }
  // Of all vectors of all stages.
  std::vector<SourceVector> vectors() const;

  Axes x_axes, h_axes;
  FusedPart x, h;
  FusedTile tile;
  std::int32_t columns;  // of whole tiles

 private:
  std::int32_t vector_channels_;
};

// What products of a layer are: of float32 elements as the precision says; `is_exact` allows none but plain
// ones.
FusedProducts products_of(const Precision& precision, bool is_exact);

// The tile, for pixels of all images and groups of channels, whose blocks are done first. All blocks of a
// multiprocessor take turns on its tensor cores, so time goes by products of the fullest multiprocessor;
// small tiles load more for every product.
FusedTile choose_tile(std::int64_t pixels, std::int64_t groups, int multiprocessors);

struct TileSize {
  std::int32_t pixels, columns;
};
TileSize size_of(FusedTile tile);

}  // namespace convlstm::cuda
