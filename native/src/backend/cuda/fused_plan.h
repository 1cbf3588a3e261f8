// How a ConvLSTM of one shape is cut for the fused kernels: the depth into vectors and stages, pixels and
// columns into tiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/fused_cost.h"
#include "backend/cuda/fused_weights.h"
#include "backend/executor.h"
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
  FusedPlan(const RecurrentDesc& desc, const Size3& input, Element element, const FusedCut& cut);
  // Cut as is cheapest.
  FusedPlan(const RecurrentDesc& desc, const InputShape& shape, Element element, const DeviceFigures& figures,
            FusedProducts products);

  std::int32_t stages() const { return h.first_stage + h.stages; }
  // Of all vectors of all stages.
  std::vector<SourceVector> vectors() const;

  // Of a step that has an input.
  ProductSize size(std::int64_t batch) const;

  Axes x_axes, h_axes;
  FusedPart x, h;
  std::int32_t hidden, vector_channels;
  FusedCut cut;
  std::int32_t columns;  // of whole tiles

 private:
  void set_cut(const FusedCut& chosen);
};

// Kernels as ImplicitProduct has them, columns of whole tiles.
FusedPacking packing_of(const FusedPlan& plan, Element element);

Position position_of(const Size3& size);
// At the elements of a convolution's kernel the offsets from a pixel.
Position tap_offset(const Axes& axes, std::int64_t tap);

// What products of a layer are: of float32 elements as the precision says; `is_exact` allows none but plain
// ones.
FusedProducts products_of(const Precision& precision, bool is_exact);

}  // namespace convlstm::cuda
