// Between the arrays of callers and those of the device: at the two ends of a sequence.
#pragma once

#include "backend/cuda/images.h"
#include "backend/cuda/sources.h"

namespace convlstm::cuda {

// x of all steps of a range: image t * batch + n of the source.
struct PackFrames {
  FramesView<const float> from;  // its first step is number 0
  SourceView to;
  ImageGrid grid;
  DropView drop;
  std::int64_t batch;
  const std::uint8_t* active = nullptr;  // of step t, image n: where it is 0, zeros are read; null: all count
  std::int64_t mask_step = 0, mask_batch = 0;
  const float* scale = nullptr;  // multiplied with scale[0]; null: 1
};
void pack_frames(Stream& stream, const PackFrames& work, Element element, std::int64_t steps);

// dx of a range of steps, the other way round: the sum of the copies with their factors.
struct UnpackFrames {
  SourceView from;
  FramesView<float> to;
  ImageGrid grid;
  DropView drop;
  std::int64_t batch;
  const float* bias = nullptr;   // [channels], added; null: none
  const float* scale = nullptr;  // the sum is multiplied with scale[1]; null: 1
};
void unpack_frames(Stream& stream, const UnpackFrames& work, Element element, std::int64_t steps);

// A part of the state, (N, channels, pixels), into as many arrays as there are.
struct LoadState {
  static constexpr int kMax = 2;
  const float* from;  // null: zeros
  float* to = nullptr;
  SourceView sources[kMax];
  int source_count = 0;
  ImageGrid grid;
  DropView drop;
  const float* scale = nullptr;  // multiplied with scale[0]; null: 1
};
void load_state(Stream& stream, const LoadState& work, Element element, std::int64_t batch);

// The other way: float32 and what convolutions gave back, where there is any.
struct StoreState {
  static constexpr int kMax = 3;
  const float* from = nullptr;
  SourceView sources[kMax];
  int source_count = 0;
  float* to;
  ImageGrid grid;
  DropView drop;
  const float* scale = nullptr;  // multiplied with scale[1]; null: 1
};
void store_state(Stream& stream, const StoreState& work, Element element, std::int64_t batch);

}  // namespace convlstm::cuda
