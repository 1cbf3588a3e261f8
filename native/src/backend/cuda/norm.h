// Group and layer normalization of the rows of convolutions: each image has a mean and a variance for every
// group of consecutive rows; a layer normalization is one with a single group and with a scale and a shift
// for every pixel.
//
// Rows are counted gate by gate, without the zeros that fill them up: row = gate * channels + channel.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cuda/element.h"
#include "backend/cuda/images.h"
#include "backend/cuda/sources.h"

namespace convlstm::cuda {

inline constexpr int kMaxGates = 8;

// The slots of the gates of a kernel, as kernels of the device are told them.
struct GateSlots {
  std::int8_t count = 0;
  std::int8_t slots[kMaxGates] = {};
  GateSlots() = default;
  explicit GateSlots(const std::vector<int>& of) {
    for (const int slot : of)
      if (count < kMaxGates) slots[count++] = static_cast<std::int8_t>(slot);
  }
};

// Of one group of one image. The mean is a sum of two floats.
struct Moments {
  float mean, mean_rest, inverse_std, unused;
};

// Rows of some gates: element (image, pixel, gate, channel).
struct RowsView {
  void* data = nullptr;
  std::int64_t gate = 0;   // from one gate to the next
  std::int32_t pixel = 0;  // from one pixel to the next, through all images
  Element element = Element::kFloat32;

  CLN_HOST_DEVICE std::int64_t index(std::int64_t image_pixel, int of_gate, std::int32_t channel) const {
    return image_pixel * pixel + of_gate * gate + channel;
  }
  CLN_HOST_DEVICE float load(std::int64_t image_pixel, int of_gate, std::int32_t channel) const {
    return load_element(data, index(image_pixel, of_gate, channel), element);
  }
  RowsView from(std::int64_t images, std::int32_t area) const {  // without the first images
    RowsView result = *this;
    const std::size_t bytes =
        static_cast<std::size_t>(images * area) * static_cast<std::size_t>(pixel) * bytes_of(element);
    result.data = static_cast<char*>(data) + bytes;
    return result;
  }
};

// What a value is normalized by.
struct NormView {
  Moments* moments = nullptr;                      // [image][group]
  const float *scale = nullptr, *shift = nullptr;  // at pixel * `pixel` + gate * padded + channel
  std::int32_t pixel = 0;                          // 0: the same for all pixels
  std::int32_t groups = 1, group_rows = 0;

  CLN_HOST_DEVICE const Moments& of(std::int64_t image, int gate, const ImageGrid& grid,
                                    std::int32_t channel) const {
    return moments[image * groups + (groups == 1 ? 0 : (gate * grid.channels + channel) / group_rows)];
  }
  CLN_HOST_DEVICE std::int64_t parameter(int gate, const ImageGrid& grid, const Place& at) const {
    return static_cast<std::int64_t>(at.pixel) * pixel + gate * grid.padded + at.channel;
  }
  CLN_HOST_DEVICE static float normalized(float value, const Moments& m) {
    return ((value - m.mean) - m.mean_rest) * m.inverse_std;
  }
  CLN_HOST_DEVICE float apply(float value, int gate, const ImageGrid& grid, const Place& at) const {
    const std::int64_t place = parameter(gate, grid, at);
    return normalized(value, of(at.image, gate, grid, at.channel)) * scale[place] + shift[place];
  }
};

// Of the gradient by the rows: means over all that is normalized together, of d * scale and of d * scale * x.
struct GradientMeans {
  float d, d_x;
};

// A step back through a normalization of `gates` gates. `d` are the gradients by what came out, float32 and 0
// where an image does not count.
struct NormGradient {
  RowsView raw, d;
  NormView norm;
  GradientMeans* means;  // [image][group]: room
  ImageGrid grid;
  GateSlots gates;  // where they stand in d
};

// Fills norm.moments of `images` images.
void take_moments(Stream& stream, const RowsView& raw, const NormView& norm, const ImageGrid& grid,
                  std::int64_t images, float epsilon);

// Where the gradient by a gate's rows goes: elements, to as many convolutions as have it.
struct RowsTargets {
  static constexpr int kMax = 3;
  SourceView to[kMaxGates][kMax];
  std::int8_t count[kMaxGates] = {};
};
void run_norm_gradient(Stream& stream, const NormGradient& work, const RowsTargets& targets, Element element,
                       std::int64_t images);

}  // namespace convlstm::cuda
