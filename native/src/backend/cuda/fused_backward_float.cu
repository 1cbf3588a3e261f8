// The fused kernels of the backward, of float32.
#include "backend/cuda/fused_backward_kernel.h"

namespace convlstm::cuda {
namespace {

// Calls run with the products of float32.
template <typename Run>
void with_products(FusedProducts products, const Run& run) {
  switch (products) {
    case FusedProducts::kTf32:
      return run(MatrixProducts<Tf32Product>{});
    case FusedProducts::kThreeTf32:
      return run(MatrixProducts<ThreeTf32Product>{});
    case FusedProducts::kPlain:
      return run(PlainProducts{});
    default:
      fail(CLN_INTERNAL_ERROR, "fused: products of 16 bits of elements of 32");
  }
}

}  // namespace

void run_fused_backward_step_float(Stream& stream, FusedProducts products, FusedTile tile,
                                   const FusedBackwardStep& step) {
  with_products(products, [&]<typename Products>(Products) {
    run_transposed<Products, GateGradients<Element::kFloat32, ScalarMath>>(stream, tile, step);
  });
}

void run_fused_input_gradient_float(Stream& stream, FusedProducts products, FusedTile tile,
                                    const FusedInputGradient& work) {
  with_products(products, [&]<typename Products>(Products) {
    run_transposed<Products, InputGradients>(stream, tile, work);
  });
}

void run_fused_kernel_gradient_float(Stream& stream, FusedProducts products, GradientTile tile,
                                     const FusedKernelGradient& work) {
  with_products(products,
                [&]<typename Products>(Products) { run_over_pixels<Products>(stream, tile, work); });
}

}  // namespace convlstm::cuda
