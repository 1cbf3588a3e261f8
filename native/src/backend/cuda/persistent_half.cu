// The persistent kernels of 16-bit elements.
#include "backend/cuda/persistent_kernel.h"

namespace convlstm::cuda {

std::int64_t persistent_blocks(const Stream& stream, FusedProducts products, PersistentTile tile,
                               std::size_t shared_bytes) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return count_persistent<Bfloat16Product, Element::kBfloat16, ApproximateMath>(stream, tile,
                                                                                    shared_bytes);
    case FusedProducts::kFloat16:
      return count_persistent<Float16Product, Element::kFloat16, ApproximateMath>(stream, tile, shared_bytes);
    default:
      return persistent_blocks_float(stream, products, tile, shared_bytes);
  }
}

void run_persistent(Stream& stream, FusedProducts products, PersistentTile tile,
                    const PersistentSequence& work) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return start_persistent<Bfloat16Product, Element::kBfloat16, ApproximateMath>(stream, tile, work);
    case FusedProducts::kFloat16:
      return start_persistent<Float16Product, Element::kFloat16, ApproximateMath>(stream, tile, work);
    default:
      return run_persistent_float(stream, products, tile, work);
  }
}

}  // namespace convlstm::cuda
