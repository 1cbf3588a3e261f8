// The seam, second half: one layer made ready for one shape. One virtual call a sequence, none inside the
// time loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "backend/packed_cache.h"
#include "cell/layer_desc.h"

namespace convlstm {

// Batch and spatial sizes of a session.
struct InputShape {
  std::int64_t batch = 1;
  Size2 size;
};

// A sequence of images: image (t, n) is the dense block (channels, H, W), or (H, W, channels), at data + t *
// step_stride + n * batch_stride. Every external layout is a choice of strides.
template <typename T>
struct Frames {
  T* data = nullptr;
  std::int64_t step_stride = 0;
  std::int64_t batch_stride = 0;
  std::int64_t pixel_stride = 1;  // channels last: the number of channels
  T* image(std::int64_t t, std::int64_t n) const { return data + t * step_stride + n * batch_stride; }
  // Channel `channel` of an image of `area` pixels, which lie pixel_stride apart.
  T* plane(std::int64_t t, std::int64_t n, std::int64_t channel, std::int64_t area) const {
    return image(t, n) + channel * (pixel_stride == 1 ? area : 1);
  }
};

// Canonical parameters on the device (kernels OIHW, gates i f g o), and the place for forms derived from
// them.
struct ParameterViews {
  std::array<const float*, kMaxParameters> data{};
  std::uint64_t version = 0;
  PackedCache* packed = nullptr;
};

struct ForwardCall {
  std::int64_t steps = 0;
  Frames<const float> x;  // data null: the layer has no input
  ParameterViews parameters;
  std::array<const float*, kMaxStateParts> initial{};  // each (N, F, H, W); null: zeros
  std::array<float*, kMaxStateParts> final{};          // may be `initial` itself; null: not wanted
  Frames<float> y;          // CLN_OUTPUT_LAST: one image a sequence, step_stride unused
  void* reserve = nullptr;  // null: inference; else reserve_bytes(steps), aligned to 64
};

struct BackwardCall {
  std::int64_t steps = 0;
  Frames<const float> x;
  ParameterViews parameters;
  const void* reserve = nullptr;                      // as the forward left it; null for a convolution
  Frames<const float> dy;                             // data null: zeros
  std::array<const float*, kMaxStateParts> dfinal{};  // gradient by the final state; null: zeros
  std::array<float*, kMaxStateParts> dinitial{};      // receives the gradient by the initial state; may be
                                                      // `dfinal` itself; null: not wanted
  Frames<float> dx;                                   // data null: not wanted
  std::array<float*, kMaxParameters> gradients{};     // added to; null where the parameter does not exist
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual const char* name() const = 0;
  // Working memory that the executor holds now.
  virtual std::size_t workspace_bytes() const = 0;
  // Memory that a training forward of `steps` steps fills; 0 for a convolution. The initial state is kept in
  // it too.
  virtual std::size_t reserve_bytes(std::int64_t steps) const = 0;
  virtual void forward(const ForwardCall& call) = 0;
  virtual void backward(const BackwardCall& call) = 0;
};

}  // namespace convlstm
