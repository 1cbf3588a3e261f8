// What the kernel of a pointwise stage of a cell (cell/cell_stages.h) works on. One thread is one element:
// image n of the batch, pixel, channel; so consecutive threads touch consecutive channels of every array.
// Where an image does not count in the step, its state stays as it is and its gradients by the sums are
// zeros.
#pragma once

#include <cstdint>

#include "backend/cuda/images.h"
#include "backend/cuda/norm.h"
#include "backend/cuda/scalar_math.h"
#include "backend/cuda/sources.h"
#include "cell/cell_stages.h"

namespace convlstm::cuda {

// How an array keeps its numbers.
enum class Kept : std::uint8_t {
  kFloat32,
  kElement,   // as convolutions read them
  kBfloat16,  // the values of gates in bfloat16 storage
  // What a gate's function gives, in bfloat16 storage: 16-bit fixed point from 0 to 1. A number that is not
  // quite 0 or 1 stays so: a hard sigmoid has its slope there.
  kUnit16,
  kGradient  // not an array: gradients[image] of BackwardStage
};

// Element (n, pixel, channel): data[n * image + p * pixel + channel].
struct StageArray {
  void* data = nullptr;  // null: zeros; not wanted
  std::int64_t image = 0;
  std::int32_t pixel = 0;
  Kept kept = Kept::kFloat32;
};

inline constexpr int kMaxStageSums = 6, kMaxTerms = 3, kMaxCopiesOut = 3, kMaxStageGradients = 2;

// One term of a pre-activation: a gate of a convolution's rows.
struct StageTerm {
  const void* data = nullptr;  // null: not there
  std::int32_t pixel = 0;
  std::int8_t norm = -1;  // of norms; -1: none
  std::int8_t gate = 0;   // of the rows that are normalized together
  bool is_float = false;  // else elements
};

struct StageSum {
  StageTerm terms[kMaxTerms];
  const float* bias = nullptr;  // [padded]; null: none
};

// One result: an array of its own, and sources of convolutions. Both may be absent.
struct StageWrite {
  StageArray array;
  StageArray before;  // what it is where the image does not count; null: zeros
  SourceView sources[kMaxCopiesOut];
  std::int8_t source_count = 0;
  std::int8_t gradient = -1;  // backward: it stays what this gradient was where the image does not count
};

struct StageCommon {
  ImageGrid grid;
  ScalarMath math;
  const std::uint8_t* active = nullptr;  // of image n at n * mask_stride; null: all count
  const std::uint8_t* emits = nullptr;
  std::int64_t mask_stride = 0;
  DropView drop;  // of h and r.h
  StageArray reads[kMaxReads];
  StageWrite writes[kMaxWrites];
};

struct ForwardStage : StageCommon {
  StageSum sums[kMaxStageSums];  // the first reads
  int sum_count = 0;
  NormView norms[kMaxTerms];
  int h_write = -1;  // which result is h
  FramesView<float> y, final;
};

// A gradient that has not been put together: float32 that came down from the later step, and what the
// convolutions that read this part of the state gave back.
struct StageGradient {
  StageArray base;
  SourceView sources[kMaxTerms];
  std::int8_t source_count = 0;
  bool takes_dy = false;
};

struct BackwardStage : StageCommon {
  StageGradient gradients[kMaxStageGradients];
  FramesView<const float> dy;
  const float* scale = nullptr;  // of dy: scale[0]; null: 1
};

// Queues the stage over `batch` images.
void run_stage(Stream& stream, PointwiseStage stage, Element element, std::int64_t batch,
               const ForwardStage& work);
void run_stage(Stream& stream, PointwiseStage stage, Element element, std::int64_t batch,
               const BackwardStage& work);

}  // namespace convlstm::cuda
