// What convolutions read and give: arrays of elements, with one copy a gate where dropout drops something
// else for every gate.
#pragma once

#include <cstdint>

#include "backend/cuda/element.h"
#include "backend/cuda/images.h"
#include "cell/dropout.h"

namespace convlstm::cuda {

// Where dropout drops. The seed lies on the device, so that recorded work can run with another one.
struct DropView {
  const std::uint64_t* seed = nullptr;  // null: nothing is dropped
  float rate = 0;
  dropout::Kind kind = dropout::kRecurrent;

  CLN_HOST_DEVICE float factor(int gate, const ImageGrid& grid, std::int64_t n, const Place& at) const {
    if (seed == nullptr) return 1;
    const std::int64_t element = (n * grid.channels + at.channel) * grid.area + at.pixel;
    return dropout::factor(*seed, kind, static_cast<std::uint64_t>(gate), static_cast<std::uint64_t>(element),
                           rate);
  }
};

// Copies of an array of elements: (image, pixel, channel) of copy k is data[k * copy + (image * area + pixel)
// * pixel + channel]. Copy k is of gate first_gate + k.
struct SourceView {
  void* data = nullptr;
  std::int64_t copy = 0;
  std::int32_t pixel = 0;
  std::int16_t copies = 0, first_gate = 0;

  CLN_HOST_DEVICE std::int64_t index(int k, std::int64_t image_pixel, std::int32_t channel) const {
    return k * copy + image_pixel * pixel + channel;
  }
};

// Of the largest magnitude where the number is larger: gradients in float16 stay finite.
template <Element E>
CLN_HOST_DEVICE inline void store_saturated(void* data, std::int64_t index, float value) {
  if constexpr (E == Element::kFloat16) {
    constexpr float kLargest = 65504;
    value = value > kLargest ? kLargest : value < -kLargest ? -kLargest : value;
  }
  store_element(data, index, value, E);
}

}  // namespace convlstm::cuda
