// The fused kernels of float32.
#include "backend/cuda/fused_kernel.h"

namespace convlstm::cuda {

void run_fused_float(Stream& stream, FusedProducts products, FusedTile tile, const FusedStep& step) {
  constexpr Element kElement = Element::kFloat32;
  switch (products) {
    case FusedProducts::kTf32:
      return run_fused<MatrixProducts<Tf32Product>, kElement, ScalarMath>(stream, tile, step);
    case FusedProducts::kThreeTf32:
      return run_fused<MatrixProducts<ThreeTf32Product>, kElement, ScalarMath>(stream, tile, step);
    case FusedProducts::kPlain:
      return run_fused<PlainProducts, kElement, ScalarMath>(stream, tile, step);
    default:
      fail(CLN_INTERNAL_ERROR, "fused: products of 16 bits of elements of 32");
  }
}

}  // namespace convlstm::cuda
