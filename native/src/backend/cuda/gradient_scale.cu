#include "backend/cuda/gradient_scale.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

constexpr std::int64_t kLookers = 1 << 14;  // so that few of them meet in the same number

// Numbers of floats that are not negative are ordered as their bits are: the largest is the same in any
// order.
CLN_HOST_DEVICE inline void raise(float* largest, float value) {
  const float magnitude = fabsf(value);
  if (!(magnitude <= 3.4e38f)) return;
  std::uint32_t bits;
  memcpy(&bits, &magnitude, sizeof bits);
#if defined(__CUDA_ARCH__)
  atomicMax(reinterpret_cast<unsigned int*>(largest), bits);
#else
  std::uint32_t before;
  std::memcpy(&before, largest, sizeof before);
  if (bits > before) std::memcpy(largest, &bits, sizeof bits);
#endif
}

struct LookAtArray {
  const float* values;
  std::int64_t count;
  float* largest;
  CLN_HOST_DEVICE void operator()(std::int64_t thread) const {
    float own = 0;
    for (std::int64_t i = thread; i < count; i += kLookers) own = fmaxf(own, finite(values[i]));
    raise(largest, own);
  }
  CLN_HOST_DEVICE static float finite(float value) {
    const float magnitude = fabsf(value);
    return magnitude <= 3.4e38f ? magnitude : 0.0f;
  }
};

struct LookAtFrames {
  FramesView<const float> dy;
  std::int64_t batch, channels, area, count;
  float* largest;
  CLN_HOST_DEVICE void operator()(std::int64_t thread) const {
    float own = 0;
    for (std::int64_t i = thread; i < count; i += kLookers) {
      std::int64_t rest = i;
      const std::int64_t pixel = rest % area;
      rest /= area;
      const std::int64_t channel = rest % channels;
      rest /= channels;
      own = fmaxf(own, LookAtArray::finite(*dy.at(rest / batch, rest % batch, channel, pixel)));
    }
    raise(largest, own);
  }
};

struct Choose {
  float* memory;
  CLN_HOST_DEVICE void operator()(std::int64_t) const {
    constexpr int kTarget = 7, kMost = 120;  // frexpf gives 0.5 to 1
    int exponent = kTarget;
    if (memory[2] > 0) frexpf(memory[2], &exponent);
    int power = kTarget - exponent;
    power = power > kMost ? kMost : power < -kMost ? -kMost : power;
    memory[0] = ldexpf(1.0f, power);
    memory[1] = ldexpf(1.0f, -power);
  }
};

}  // namespace

void GradientScale::begin(Stream& stream) const {
  stream.clear(memory_, kBytes);
}

void GradientScale::look_at(Stream& stream, const FramesView<const float>& dy, const ImageGrid& grid,
                            std::int64_t steps, std::int64_t batch) const {
  const std::int64_t count = steps * batch * grid.channels * grid.area;
  launch(stream, std::min(count, kLookers),
         LookAtFrames{dy, batch, grid.channels, grid.area, count, memory_ + 2});
}

void GradientScale::look_at(Stream& stream, const float* values, std::int64_t count) const {
  launch(stream, std::min(count, kLookers), LookAtArray{values, count, memory_ + 2});
}

void GradientScale::end(Stream& stream) const {
  launch(stream, 1, Choose{memory_});
}

}  // namespace convlstm::cuda
