// The numbers that everybody gets who runs a shape: the same weights, x, h0, c0 and gradient by y.
#pragma once

#include <vector>

#include "shapes.h"

namespace convlstm::benchmarks {

using Floats = std::vector<float>;

struct LayerWeights {
  Floats input_kernel;      // (4F, C, K, K), gates i f g o
  Floats recurrent_kernel;  // (4F, F, K, K)
  Floats bias;              // (4F)
  Floats hidden, cell;      // before the first step, (N, F, H, W)
};

struct Workload {
  explicit Workload(const Shape& shape);

  Shape shape;
  std::vector<LayerWeights> layers;
  Floats x;   // (T, N, C, H, W)
  Floats dy;  // (T, N, F, H, W)
};

}  // namespace convlstm::benchmarks
