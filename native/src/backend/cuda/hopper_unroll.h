// x of few channels, unrolled over the elements of its kernel when it is packed: a pixel of the states has,
// element by element, all channels that the input convolution reads for it, then zeros. That convolution is
// then one of a single element, whose pieces are full.
#pragma once

#include "backend/cuda/divisor.h"
#include "backend/cuda/element.h"
#include "backend/cuda/images.h"

namespace convlstm::cuda {

struct UnrollInput {
  FramesView<const float> from;  // its first step is number 0
  void* to;                      // [step][image][pixel of the states][padded]
  Position input, states;        // sizes
  Position kernel, stride, dilation, before;
  std::int32_t channels, padded;
  std::int64_t batch;
  const std::uint8_t* active = nullptr;  // of step t, image n: where it is 0, zeros are read; null: all count
  std::int64_t mask_step = 0, mask_batch = 0;
};
void unroll_input(Stream& stream, const UnrollInput& work, Element element, std::int64_t steps);

}  // namespace convlstm::cuda
