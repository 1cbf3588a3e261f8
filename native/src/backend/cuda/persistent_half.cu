// The persistent kernels of 16-bit elements.
#include "backend/cuda/persistent_kernel.h"

namespace convlstm::cuda {

PersistentCalls persistent_half(FusedProducts products, PersistentTile tile) {
  if (products == FusedProducts::kBfloat16)
    return with_block(tile, PersistentKernels<Bfloat16Product, Element::kBfloat16, ApproximateMath>{});
  return with_block(tile, PersistentKernels<Float16Product, Element::kFloat16, ApproximateMath>{});
}

}  // namespace convlstm::cuda
