// The seam, second half: one layer made ready for one shape. One virtual call a sequence, none inside the
// time loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backend/packed_cache.h"
#include "backend/plan.h"
#include "cell/layer_desc.h"

namespace convlstm {

// Batch and spatial sizes of the input. The states and y may lie on another grid: state_size()
// (cell/convolution.h).
struct InputShape {
  std::int64_t batch = 1;
  Size3 size;
  bool operator==(const InputShape&) const = default;
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

using Gradients = std::array<float*, kMaxParameters>;

// Which steps of which sequences count. Null data: all do. `active` 0: the step is masked, the state of the
// sequence stays as it is. `emits` 0: y of the step is 0; else it is h after the step. Both are 0 or 1.
// `emits_back` is `emits` of a layer that runs the other way through time: an executor of one cell does not
// look at it.
struct StepMask {
  const std::uint8_t* active = nullptr;
  const std::uint8_t* emits = nullptr;
  const std::uint8_t* emits_back = nullptr;
  std::int64_t step_stride = 0;
  std::int64_t batch_stride = 0;
  bool is_active(std::int64_t t, std::int64_t n) const { return active == nullptr || active[at(t, n)] != 0; }
  bool does_emit(std::int64_t t, std::int64_t n) const { return emits == nullptr || emits[at(t, n)] != 0; }
  std::int64_t at(std::int64_t t, std::int64_t n) const { return t * step_stride + n * batch_stride; }
};

// Steps [begin, end).
struct StepRange {
  std::int64_t begin = 0, end = 0;
  bool contains(std::int64_t t) const { return t >= begin && t < end; }
};

struct Dropout {
  bool is_active = false;  // else nothing is dropped, whatever the rates of the description
  std::uint64_t seed = 0;
};

// What a forward and its backward have in common. Steps are counted in the order in which they are computed:
// a layer that runs backwards through time gets negative step strides.
struct SequenceCall {
  std::int64_t steps = 0;
  StepRange input;        // the steps that have an input; in the others the input convolution is left out
  Frames<const float> x;  // image(t, n) for t in `input` alone; data null: there is none
  StepMask mask;
  Dropout dropout;
  // One of each cell: an executor of one cell looks at the first alone.
  std::span<const ParameterViews> parameters;
};

// States are arrays of parts, each (N, F, D, H, W) on the grid of the states: all parts of the first cell,
// then those of the next. An empty span counts as null pointers.
struct ForwardCall : SequenceCall {
  std::span<const float* const> initial;  // null: zeros
  std::span<float* const> final;          // may be `initial` itself; null: not wanted
  Frames<float> y;  // data null: not wanted. CLN_OUTPUT_LAST: one image a sequence, step_stride unused
  void* reserve = nullptr;  // null: nothing is kept for a backward; else reserve_bytes(steps), aligned to 64
};

struct BackwardCall : SequenceCall {
  const void* reserve = nullptr;         // as the forward left it; null for a convolution
  Frames<const float> dy;                // data null: zeros
  std::span<const float* const> dfinal;  // gradient by the final state; null: zeros
  std::span<float* const> dinitial;  // receives the gradient by the initial state; may be `dfinal` itself;
                                     // null: not wanted
  Frames<float> dx;                  // image(t, n) for t in `input` alone; data null: not wanted
  std::span<const Gradients> gradients;  // as `parameters`; added to; null where the parameter does not exist
};

// Part `part` of a state that may not be there.
template <typename T>
T* part_of(std::span<T* const> state, std::size_t part) {
  return part < state.size() ? state[part] : nullptr;
}

class Executor {
 public:
  virtual ~Executor() = default;
  virtual const char* name() const = 0;
  // How it runs sequences of `steps` steps without a reserve, whatever has been run; empty where it does not
  // tell.
  virtual ExecutorPlan plan(std::int64_t /*steps*/) const { return {}; }
  // Working memory that the executor holds now.
  virtual std::size_t workspace_bytes() const = 0;
  // Memory that a training forward of `steps` steps fills; 0 for a convolution. The initial state is kept in
  // it too.
  virtual std::size_t reserve_bytes(std::int64_t steps) const = 0;
  virtual void forward(const ForwardCall& call) = 0;
  virtual void backward(const BackwardCall& call) = 0;
};

}  // namespace convlstm
