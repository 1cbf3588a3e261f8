// Gradients of all parameters but kernels, of a range of steps at once; and how gradients of kernels get from
// the layout of the convolutions into the layer's. All are added to the layer's gradients.
#pragma once

#include <cstdint>

#include "backend/cuda/norm.h"
#include "backend/cuda/sources.h"

namespace convlstm::cuda {

// The gradients by slots, of all images of the range.
struct SlotGradients {
  const void* data[kMaxGates] = {};
  std::int32_t pixel[kMaxGates] = {};
  Element element = Element::kFloat32;

  CLN_HOST_DEVICE float load(int slot, std::int64_t image_pixel, std::int32_t channel) const {
    return load_element(data[slot], image_pixel * pixel[slot] + channel, element);
  }
};

struct GradientCall {
  ImageGrid grid;
  std::int64_t images;           // of the range
  const float* scale = nullptr;  // gradients are multiplied with scale[1]; null: 1
  float* room;                   // gradient_room() floats
};
std::int64_t gradient_room(const ImageGrid& grid, std::int64_t images, int slots);

struct BiasTarget {
  float* gradient = nullptr;  // [gate][channels]; null: not wanted
  GateSlots gates;
};
void add_bias_gradients(Stream& stream, const GradientCall& call, const SlotGradients& slots, int slot_count,
                        const BiasTarget& bias, const BiasTarget& recurrent);

// Of i, f and o, in slots 0, 1 and 3. c[image] is the cell state before a step, float32 as ImageGrid has it;
// that after the step lies `batch` images further on.
struct PeepholeGradient {
  SlotGradients slots;
  const float* c;
  std::int64_t batch;
  bool per_pixel;
  float* gradient;  // [3][channels] or [3][channels][pixels]
};
void add_peephole_gradients(Stream& stream, const GradientCall& call, const PeepholeGradient& work);

// Both in one pass over the slots; peepholes of each channel only.
void add_bias_and_peephole_gradients(Stream& stream, const GradientCall& call, const PeepholeGradient& work,
                                     const BiasTarget& bias, const BiasTarget& recurrent);

// `raw` and `norm` are of the first image of the range, `slots` by what came out of the normalization.
struct NormParameterGradient {
  RowsView raw;
  NormView norm;
  SlotGradients slots;
  GateSlots gates;
  bool per_pixel;
  float *scale, *shift;  // from the first gate's first row on
};
void add_norm_gradients(Stream& stream, const GradientCall& call, const NormParameterGradient& work);

// Rows of kernels, [gate][padded rows][elements][padded inputs] as convolutions have them. Inputs are
// `blocks` blocks of as many channels, each filled up.
struct KernelLayout {
  std::int64_t gates, channels, padded;        // rows
  std::int64_t blocks, inputs, inputs_padded;  // channels of a block
  std::int64_t elements;
  std::int64_t canonical_count() const { return gates * channels * blocks * inputs * elements; }
  std::int64_t packed_count() const { return gates * padded * elements * blocks * inputs_padded; }
  CLN_HOST_DEVICE std::int64_t packed_row() const { return elements * blocks * inputs_padded; }
};
// `gradient` is the place of the first row.
void add_kernel_gradient(Stream& stream, const KernelLayout& layout, const float* packed, const float* scale,
                         float* gradient);

}  // namespace convlstm::cuda
