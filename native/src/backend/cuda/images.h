// How images lie on the device: dense and channels last, channels filled up with zeros to what convolutions
// take; and how callers have them.
#pragma once

#include <cstdint>

#include "backend/executor.h"
#include "cell/host_device.h"

namespace convlstm::cuda {

// Element (image, pixel, channel) of an array of the device.
struct Place {
  std::int64_t image;
  std::int32_t pixel, channel;
};

// Images of `area` pixels of `padded` channels, of which the first `channels` count.
struct ImageGrid {
  std::int32_t area, channels, padded;

  std::int64_t count(std::int64_t images) const { return images * area * padded; }
  // Of the element that is number `i` in memory. Divisions of 32 bits are several times faster on a GPU.
  CLN_HOST_DEVICE Place place(std::int64_t i) const {
    if (i <= 0xffffffffLL) return split(static_cast<std::uint32_t>(i));
    return split(static_cast<std::uint64_t>(i));
  }
  CLN_HOST_DEVICE std::int64_t pixel(const Place& at) const { return at.image * area + at.pixel; }

 private:
  template <typename U>
  CLN_HOST_DEVICE Place split(U i) const {
    const U pixels = i / static_cast<U>(padded), image = pixels / static_cast<U>(area);
    return {static_cast<std::int64_t>(image),
            static_cast<std::int32_t>(pixels - image * static_cast<U>(area)),
            static_cast<std::int32_t>(i - pixels * static_cast<U>(padded))};
  }
};

// Frames of a call, as kernels address them.
template <typename T>
struct FramesView {
  T* data = nullptr;  // null: there are none
  std::int64_t step = 0, batch = 0, channel = 0, pixel = 0;
  CLN_HOST_DEVICE T* at(std::int64_t t, std::int64_t n, std::int64_t c, std::int64_t p) const {
    return data + t * step + n * batch + c * channel + p * pixel;
  }
};

template <typename T>
FramesView<T> view_of(const Frames<T>& frames, std::int64_t area) {
  return {frames.data, frames.step_stride, frames.batch_stride, frames.pixel_stride == 1 ? area : 1,
          frames.pixel_stride};
}

// Dense images (channels, pixels).
template <typename T>
FramesView<T> dense_view(T* data, std::int64_t channels, std::int64_t area) {
  return {data, 0, channels * area, area, 1};
}

inline std::int64_t padded_channels(std::int64_t channels, std::int64_t multiple) {
  return (channels + multiple - 1) / multiple * multiple;
}

inline ImageGrid grid_of(std::int64_t area, std::int64_t channels, std::int64_t multiple) {
  return {static_cast<std::int32_t>(area), static_cast<std::int32_t>(channels),
          static_cast<std::int32_t>(padded_channels(channels, multiple))};
}

}  // namespace convlstm::cuda
