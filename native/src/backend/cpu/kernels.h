// The door to the translation units that are built once for each instruction set. Only plain data crosses it:
// those files must not instantiate anything that others instantiate too, or the linker could keep the copy
// with instructions that the machine does not have.
//
// Words: images lie in padded planes (see plane_geometry.h). A vector is `lanes` consecutive numbers of a
// plane; its place says where. Rows are output channels; columns of a gradient are kernel elements.
#pragma once

#include <cstdint>

#include "backend/cpu/pointwise.h"
#include "backend/cpu/winograd.h"
#include "convlstm_native.h"

namespace convlstm::cpu {

// Where a vector of pixels lies, relative to pixel (0, 0) of image 0 of a channel.
struct VectorPlace {
  std::int64_t plane;        // in planes with margins
  std::int64_t body;         // in planes without
  const std::int32_t* mask;  // [lanes]: -1 where the lane is a pixel, 0 where it is padding
};

// The inputs of a product: term k of a vector begins at base + offsets[k] + place.plane.
struct Terms {
  const float* base;
  const std::int64_t* offsets;
  std::int64_t count;
};

// sums[rows][max_vectors * lanes] = weights[terms][rows] x inputs[terms][vectors * lanes].
struct Product {
  Terms terms[2];
  const float* weights;
  const VectorPlace* places;
  int vectors;  // 1 to max_vectors
};

// Sums of a Product on their way to bodies: rows[row][place] = or += sums, lanes that are no pixels 0.
struct StoredSums {
  const float* sums;
  const VectorPlace* places;
  int vectors, rows;
  float* to;
  std::int64_t row_stride;
  bool adds;
};

inline constexpr int kMaxVectors = 3, kMaxLanes = 16;  // of a Product

// Where the vectors of a block lie in dense images, channels `stride` apart; null: not there, or not as
// consecutive pixels.
struct DenseVectors {
  const float* c_before[kMaxVectors] = {};  // in the place of the body
  float* c[kMaxVectors] = {};               // in the place of the body
  float* h[kMaxVectors] = {};
  float* y[kMaxVectors] = {};  // h again
  std::int64_t stride = 0;
};

// The gates of one block of hidden channels, forward. Pointers to states show pixel (0, 0) of its first
// channel.
struct ForwardGates {
  float* sums;  // of a Product whose rows are [gate][channel of the block]; its first rows receive h
  const VectorPlace* places;
  int vectors;
  int channels;                            // of this block; may be fewer than block_channels
  const float* bias;                       // [4][block_channels], the forget bias included
  const float* peephole;                   // [3][block_channels]
  const float* c_before;                   // bodies
  float* c;                                // bodies; may be c_before
  float* h;                                // planes; null: not wanted
  float* h_pairs;                          // or these, pairs of channels; block_channels is even
  float* gates;                            // bodies; null in inference
  std::uint16_t* half_gates;               // or these: g as bfloat16, the others in units of 1 / 65535
  float* cell_c;                           // bodies, c after its activation; null in inference
  std::int64_t body_stride, plane_stride;  // from channel to channel
  std::int64_t gate_stride;                // from gate to gate of `gates`
  DenseVectors dense;
  float clip;  // of c; for kernels that clip
};

// The gates of one block of `rows` hidden channels, backward.
struct BackwardGates {
  const float* sums;  // [rows][...]: the gradient by h
  const VectorPlace* places;
  int vectors;
  int channels;
  const float* peephole;  // [3][peephole_stride]
  std::int64_t peephole_stride;
  const float* c_before;
  const float* c;  // bodies
  const float* gates;
  const float* cell_c;
  const std::uint16_t* half_gates;  // in place of gates and cell_c, as ForwardGates has them; or null
  float* dc;                        // bodies; in: by the new cell state, out: by the old one
  float* dpre;                      // planes: by the pre-activations
  std::int64_t body_stride, plane_stride;
  std::int64_t gate_stride;       // of `gates`
  std::int64_t dpre_gate_stride;  // of `dpre`
  float clip;                     // of c; for kernels that clip
};

// The kernels of the gates, one for each kind of cell: [gate activation][cell activation][clips c].
inline constexpr int kGateActivations = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3 + 1;
inline constexpr int kCellActivations = CLN_CELL_ACTIVATION_LINEAR + 1;
using ForwardGatesKernel = void (*)(const ForwardGates& gates);
using BackwardGatesKernel = void (*)(const BackwardGates& gates);

inline constexpr int kGradientRows = 4;
inline constexpr int kMaxGradientColumns = 8;

// sums[row][column] = the sum of row * column over `steps` x `count` vectors. Vectors of bfloat16 hold two
// numbers a lane and follow each other: rows have zeros where there is no pixel.
template <typename Number>
struct GradientTile {
  const Number* rows[kGradientRows];
  std::int64_t row_step;  // from step to step
  const Number* columns[kMaxGradientColumns];
  std::int64_t column_steps[kMaxGradientColumns];
  const VectorPlace* places;  // of floats
  std::int64_t count, steps;
};

struct Kernels {
  const char* name;
  int lanes;             // floats of a vector
  int rows;              // of a Product
  int block_channels;    // hidden channels of a forward Product: rows / 4
  int max_vectors;       // of a Product
  int gradient_columns;  // of a GradientTile
  void (*multiply)(const Product& product, float* sums);
  // The same where weights and inputs are pairs of bfloat16, in the place of a float each: a term is the sum
  // of two products.
  void (*multiply_pairs)(const Product& product, float* sums);
  // to[k] = the pair of even[k] (lower half) and odd[k], rounded to the nearest. `odd` null: zeros.
  void (*join_pairs)(const float* even, const float* odd, std::int64_t count, float* to);
  // Pairs apart, as bfloat16. `odd` null: not wanted.
  void (*split_pairs)(const float* pairs, std::int64_t count, std::uint16_t* even, std::uint16_t* odd);
  void (*store_sums)(const StoredSums& sums);
  ForwardGatesKernel forward_gates[kGateActivations][kCellActivations][2];
  // For bfloat16 storage, which hides an error of 2e-4.
  ForwardGatesKernel half_forward_gates[kGateActivations][kCellActivations][2];
  BackwardGatesKernel backward_gates[kGateActivations][kCellActivations][2];
  void (*gradient)(const GradientTile<float>& tile, float* sums);
  void (*half_gradient)(const GradientTile<std::uint16_t>& tile, float* sums);
  // The sum of a (planes) * b (bodies).
  float (*dot)(const float* a, const float* b, const VectorPlace* places, std::int64_t count);
  void (*sigmoid)(float* data, std::int64_t count);  // in place
  void (*tanh)(float* data, std::int64_t count);
  PointwiseKernel pointwise[kPointwiseStageCount];
  NormKernels norm;
  WinogradTable winograd;
};

inline constexpr int kMaxSums = 8 * kMaxVectors * kMaxLanes;  // floats of the largest block of sums

const Kernels& baseline_kernels();
#if defined(__x86_64__)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
const Kernels& avx512_bf16_kernels();
#endif
#if defined(__aarch64__)
const Kernels& neon_kernels();
#endif

}  // namespace convlstm::cpu
