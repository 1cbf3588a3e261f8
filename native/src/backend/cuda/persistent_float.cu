// The persistent kernels of float32.
#include "backend/cuda/persistent_kernel.h"

namespace convlstm::cuda {

PersistentCalls persistent_float(FusedProducts products, PersistentTile tile) {
  if (products == FusedProducts::kTf32)
    return with_block(tile, PersistentKernels<Tf32Product, Element::kFloat32, ScalarMath>{});
  return with_block(tile, PersistentKernels<ThreeTf32Product, Element::kFloat32, ScalarMath>{});
}

}  // namespace convlstm::cuda
