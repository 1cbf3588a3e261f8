// The fused kernels of the backward, of 16-bit elements.
#include "backend/cuda/fused_backward_kernel.h"

namespace convlstm::cuda {
namespace {

using Bfloat16Products = MatrixProducts<Bfloat16Product>;
using Float16Products = MatrixProducts<Float16Product>;

}  // namespace

void run_fused_backward_step(Stream& stream, FusedProducts products, FusedTile tile,
                             const FusedBackwardStep& step) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return run_transposed<Bfloat16Products, GateGradients<Element::kBfloat16, ApproximateMath>>(stream,
                                                                                                  tile, step);
    case FusedProducts::kFloat16:
      return run_transposed<Float16Products, GateGradients<Element::kFloat16, ApproximateMath>>(stream, tile,
                                                                                                step);
    default:
      return run_fused_backward_step_float(stream, products, tile, step);
  }
}

void run_fused_input_gradient(Stream& stream, FusedProducts products, FusedTile tile,
                              const FusedInputGradient& work) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return run_transposed<Bfloat16Products, InputGradients>(stream, tile, work);
    case FusedProducts::kFloat16:
      return run_transposed<Float16Products, InputGradients>(stream, tile, work);
    default:
      return run_fused_input_gradient_float(stream, products, tile, work);
  }
}

void run_fused_kernel_gradient(Stream& stream, FusedProducts products, GradientTile tile,
                               const FusedKernelGradient& work) {
  switch (products) {
    case FusedProducts::kBfloat16:
      return run_over_pixels<Bfloat16Products>(stream, tile, work);
    case FusedProducts::kFloat16:
      return run_over_pixels<Float16Products>(stream, tile, work);
    default:
      return run_fused_kernel_gradient_float(stream, products, tile, work);
  }
}

}  // namespace convlstm::cuda
