// Parts and mirror images of the calls of executors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "backend/executor.h"

namespace convlstm {

// The same images from the last of `steps` steps to the first.
template <typename T>
Frames<T> reversed(Frames<T> frames, std::int64_t steps) {
  if (frames.data != nullptr) frames.data += (steps - 1) * frames.step_stride;
  frames.step_stride = -frames.step_stride;
  return frames;
}

// The images from step `begin` on.
template <typename T>
Frames<T> from_step(Frames<T> frames, std::int64_t begin) {
  if (frames.data != nullptr) frames.data += begin * frames.step_stride;
  return frames;
}

// Images of dense arrays (T, N, channels, area).
template <typename T>
Frames<T> dense_frames(T* data, std::int64_t batch, std::int64_t channels, std::int64_t area) {
  return {data, batch * channels * area, channels * area, 1};
}

// Channels from `first` on of images of `area` pixels.
template <typename T>
Frames<T> from_channel(Frames<T> frames, std::int64_t first, std::int64_t area) {
  if (frames.data != nullptr) frames.data += first * (frames.pixel_stride == 1 ? area : 1);
  return frames;
}

// The call of a cell that runs the other way through time. `output`: of the cell.
ForwardCall reversed(ForwardCall call, cln_output output);
BackwardCall reversed(BackwardCall call, cln_output output);

// Steps [begin, end) of a call. With CLN_OUTPUT_LAST y belongs to the last step alone. States and reserve are
// left to the caller.
ForwardCall segment(ForwardCall call, StepRange steps, cln_output output);
BackwardCall segment(BackwardCall call, StepRange steps, cln_output output);

}  // namespace convlstm
