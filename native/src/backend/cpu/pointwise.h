// What the generic executor does element by element, as plain data for the files of the instruction sets (see
// kernels.h): the stages of the cells, and the passes of a normalization. One call is one channel of one
// image; arrays are bodies.
#pragma once

#include <cstdint>

#include "cell/cell_stages.h"
#include "convlstm_native.h"

namespace convlstm::cpu {

struct VectorPlace;

// How an array holds its numbers.
enum class Stored : std::uint8_t {
  kFloat,
  kBfloat16,  // the upper halves of floats
  // 16-bit fixed point from 0 to 1: what a gate's function gives, 256 times finer than bfloat16 near 1, where
  // its slope would suffer. A number that is not quite 0 or 1 stays so: a hard sigmoid has its slope there.
  kUnit16
};

// An operand is an array plus a number, either of which may be absent: a pre-activation and its bias, a
// peephole per channel, a state.
struct PointwiseRead {
  const void* data = nullptr;
  float constant = 0;
  Stored stored = Stored::kFloat;
};

struct PointwiseWrite {
  void* data = nullptr;  // null: not wanted
  Stored stored = Stored::kFloat;
};

// Lanes that are no pixels are written as zeros.
struct Pointwise {
  PointwiseRead reads[kMaxReads];
  PointwiseWrite writes[kMaxWrites];
  double sums[kMaxPointwiseSums];  // receives the sums of the first results over the pixels
  const VectorPlace* places;       // of one image
  std::int64_t count;
  cln_gate_activation gate;
  cln_cell_activation cell;
  float clip;  // of c; 0: none
};

using PointwiseKernel = void (*)(Pointwise& stage);

// One row of a normalization: x = (value - mean) * inverse_std, out = x * scale + shift.
struct NormRow {
  const float* values;    // before the normalization
  float mean, mean_rest;  // the mean as a sum of two floats, less what is added to the values before
  float inverse_std;
  PointwiseRead scale, shift;
  float* out;  // forward
  bool adds;   // += instead of =
  const VectorPlace* places;
  std::int64_t count;
};

// The same, backward: d is the gradient by out, dx = d * scale. The gradient by a value is
// inverse_std * (dx - mean_dx - x * mean_dx_x), means taken over all that is normalized together.
struct NormRowGradient {
  NormRow row;
  const float* d;
  float mean_dx, mean_dx_x;
  float* out;            // by the values; may be d
  float *scale, *shift;  // per pixel, added to; null: not per pixel
};

struct NormKernels {
  // sums: the mean of the values over the pixels, and the sum of their squared distances from it.
  void (*moments)(const NormRow& row, double pixels, double* sums);
  void (*apply)(const NormRow& row);
  void (*sums)(const NormRowGradient& row, double* sums);  // of dx, dx * x, d, d * x, x
  void (*backward)(const NormRowGradient& row);
};

}  // namespace convlstm::cpu
