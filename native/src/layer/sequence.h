#pragma once

#include <cstdint>

#include "backend/executor.h"
#include "layer/description.h"

namespace convlstm {

// Where the images of x and y of a run of `steps` steps lie, as the layer's layout and output have it.
class Sequence {
 public:
  // `input_steps`: steps that have an input; x holds these alone. CLN_SIZE_OVERFLOW where an element count
  // does not fit.
  Sequence(const LayerDescription& desc, const InputShape& shape, std::int64_t steps,
           std::int64_t input_steps);

  std::int64_t x_count() const { return x_.count; }
  std::int64_t y_count() const { return y_.count; }
  template <typename T>
  Frames<T> x(T* data) const {
    return {data, x_.step_stride, x_.batch_stride, x_.pixel_stride};
  }
  template <typename T>
  Frames<T> y(T* data) const {
    return {data, y_.step_stride, y_.batch_stride, y_.pixel_stride};
  }

 private:
  struct Extent {
    std::int64_t count, step_stride, batch_stride, pixel_stride;
  };
  static Extent extent(std::int64_t steps, std::int64_t channels, const InputShape& shape, cln_layout layout);
  Extent x_, y_;
};

}  // namespace convlstm
