// What the fused kernels of 16-bit elements compute gates with.
#pragma once

#include "backend/cuda/block_launch.h"
#include "backend/cuda/scalar_math.h"

namespace convlstm::cuda {

// For elements of 16 bits: the device's own tanh, good to 11 bits.
struct ApproximateMath : ScalarMath {
  CLN_DEVICE float gate(float x) const {
    return gate_kind == CLN_GATE_ACTIVATION_SIGMOID ? sigmoid(x) : ScalarMath::gate(x);
  }
  CLN_DEVICE float cell(float x) const {
    if (cell_kind == CLN_CELL_ACTIVATION_TANH) return tangent(x);
    return cell_kind == CLN_CELL_ACTIVATION_SIGMOID ? sigmoid(x) : ScalarMath::cell(x);
  }

 private:
  CLN_DEVICE static float sigmoid(float x) { return 0.5f + 0.5f * tangent(0.5f * x); }
  CLN_DEVICE static float tangent(float x) {
#if defined(__CUDACC__)
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return tanhf(x);
#endif
  }
};

}  // namespace convlstm::cuda
