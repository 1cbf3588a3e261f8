// The way back through a ConvLSTM, in three kinds of kernels.
//
//   a step   of time t: the gradient by h of step t - 1 as a product, of the gradients by the gates of step t
//            with the recurrent kernel turned around, and in its epilogue at once the gradients by the gates
//            of step t - 1, in the form that the next step reads. No gradient by h reaches memory.
//   dx       of all steps: the same product with the input's kernel, over all images
//   kernels  of all steps: the gradients by both kernels as one product over the pixels of all images
//
// Gradients by gates, "rows", are elements: [image][pixel][gate][padded].
#pragma once

#include "backend/cuda/fused_arguments.h"

namespace convlstm::cuda {

// The step that comes after in time is the source h; the first of a sequence to run has no stages. Columns
// are the hidden channels.
struct FusedBackwardStep : ImplicitProduct {
  ImageGrid grid;  // of the states

  ScalarMath math;
  const float* peephole;  // as FusedStep has it
  std::int32_t peephole_pixel;
  const std::uint8_t* active;  // of this step, image n at n * mask_stride; null: all count
  const std::uint8_t* emits;
  std::int64_t mask_stride;
  FramesView<const float> dy;  // data null: zeros
  const float* scale;          // dy is multiplied with scale[0]; null: 1

  StageArray gates[4];  // i f g o, as the forward left them
  const float *c_before, *c;
  const float* dh_more;  // float32, added to what the product gives; null: zeros
  float* dh_left;        // the gradient by h where the image does not count, else zeros; null: not wanted
  float* dc;             // by c of this step; then of the one before
  void* rows;            // of this step; null: the gradient by h goes to dh_left as it is, and that is all
};
void run_fused_backward_step(Stream& stream, FusedProducts products, FusedTile tile,
                             const FusedBackwardStep& step);

// Rows of the product are pixels of x, columns its channels; the source h is the rows of all steps.
struct FusedInputGradient : ImplicitProduct {
  FramesView<float> to;  // its first step is number 0
  std::int32_t channels;
  Divisor batch;
  const float* scale;  // multiplied with scale[1]; null: 1
};
void run_fused_input_gradient(Stream& stream, FusedProducts products, FusedTile tile,
                              const FusedInputGradient& work);

// Pixels of a stage of the product over pixels, by the bytes of an element.
CLN_HOST_DEVICE constexpr int stage_pixels(int element_bytes) {
  return 64 / element_bytes;
}

// sums = the product of the transposed rows with the vectors that a forward reads, of all pixels; in parts
// along the pixels.
struct FusedKernelGradient {
  const void* rows;
  std::int32_t row_vectors;     // of a pixel
  FusedSource x, h;             // of the same images
  std::int32_t x_begin, x_end;  // the images that have an x
  const SourceVector* vectors;
  std::int32_t x_vectors, vector_count;  // of x; in all
  std::int32_t pixels;                   // of all images
  PixelSplit place;
  std::int32_t parts, part_stages;
  float* sums;  // [parts][rows of whole tiles][columns of whole tiles]
};
// Square tiles.
enum class GradientTile : std::uint8_t { k128, k64 };
constexpr std::int32_t size_of(GradientTile tile) {
  return tile == GradientTile::k128 ? 128 : 64;
}
void run_fused_kernel_gradient(Stream& stream, FusedProducts products, GradientTile tile,
                               const FusedKernelGradient& work);

}  // namespace convlstm::cuda
