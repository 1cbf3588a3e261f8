// The kernels of hopper_arguments.h, compiled for sm_90a alone.
#include "backend/cuda/fused_hopper_kernel.h"
#include "core/error.h"

namespace convlstm::cuda {

void run_hopper_step(Stream& stream, FusedProducts products, HopperTile tile, const HopperStep& step) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return run_hopper<SharedProducts<TileOperand::kBfloat16>, Element::kBfloat16, ApproximateMath>(
          stream, tile, step);
    case FusedProducts::kFloat16:
      return run_hopper<SharedProducts<TileOperand::kFloat16>, Element::kFloat16, ApproximateMath>(
          stream, tile, step);
    case FusedProducts::kTf32:
      return run_hopper<SharedProducts<TileOperand::kTf32>, Element::kFloat32, ScalarMath>(stream, tile,
                                                                                           step);
    case FusedProducts::kThreeTf32:
      return run_hopper<ThreeTf32Products, Element::kFloat32, ScalarMath>(stream, tile, step);
    default:
      fail(CLN_INTERNAL_ERROR, "fused: products that warpgroups do not have");
  }
}

}  // namespace convlstm::cuda
