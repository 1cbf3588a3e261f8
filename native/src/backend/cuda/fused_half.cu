// The fused kernels of 16-bit elements.
#include "backend/cuda/fused_kernel.h"

namespace convlstm::cuda {

void run_fused_step(Stream& stream, FusedProducts products, FusedTile tile, const FusedStep& step) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return run_fused<MatrixProducts<Bfloat16Product>, Element::kBfloat16, ApproximateMath>(stream, tile,
                                                                                             step);
    case FusedProducts::kFloat16:
      return run_fused<MatrixProducts<Float16Product>, Element::kFloat16, ApproximateMath>(stream, tile,
                                                                                           step);
    default:
      return run_fused_float(stream, products, tile, step);
  }
}

}  // namespace convlstm::cuda
