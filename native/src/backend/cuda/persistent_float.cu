// The persistent kernels of float32.
#include "backend/cuda/persistent_kernel.h"

namespace convlstm::cuda {

std::int64_t persistent_blocks_float(const Stream& stream, FusedProducts products, PersistentTile tile,
                                     std::size_t shared_bytes) {
  constexpr Element kElement = Element::kFloat32;
  switch (products) {
    case FusedProducts::kTf32:
      return count_persistent<Tf32Product, kElement, ScalarMath>(stream, tile, shared_bytes);
    case FusedProducts::kThreeTf32:
      return count_persistent<ThreeTf32Product, kElement, ScalarMath>(stream, tile, shared_bytes);
    default:
      return 0;
  }
}

void run_persistent_float(Stream& stream, FusedProducts products, PersistentTile tile,
                          const PersistentSequence& work) {
  constexpr Element kElement = Element::kFloat32;
  switch (products) {
    case FusedProducts::kTf32:
      return start_persistent<Tf32Product, kElement, ScalarMath>(stream, tile, work);
    case FusedProducts::kThreeTf32:
      return start_persistent<ThreeTf32Product, kElement, ScalarMath>(stream, tile, work);
    default:
      fail(CLN_INTERNAL_ERROR, "persistent: products that it does not have");
  }
}

}  // namespace convlstm::cuda
