// The backend's operations on whole arrays, queued.
#pragma once

#include <cstdint>
#include <span>

#include "backend/backend.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda::pointwise {

void fill(Stream& stream, float* data, std::int64_t count, float value);
void sigmoid(Stream& stream, float* data, std::int64_t count);
void add(Stream& stream, float* data, const float* other, std::int64_t count);
void multiply(Stream& stream, float* data, const float* other, std::int64_t count);
void scale(Stream& stream, float* data, float factor, std::int64_t count);
void copy_channels(Stream& stream, const float* source, ChannelRange from, float* destination,
                   ChannelRange to, std::int64_t images, std::int64_t count, std::int64_t area);
void update(Stream& stream, const SgdUpdate& how, const StepRecord* step, const float* gradient,
            float* velocity, float* parameter, std::int64_t count);
void update(Stream& stream, const AdamUpdate& how, const StepRecord* step, const float* gradient, float* m,
            float* v, float* parameter, std::int64_t count);

struct LossArrays {
  const float *prediction, *target, *weights;  // weights null: 1 each
  float* gradient;                             // null: not wanted; may be the prediction
};
// `result`: memory of the device.
void loss(Stream& stream, cln_loss kind, const LossArrays& arrays, std::int64_t count, float* result);
// `squares`: memory of the device, for the sum.
void decide(Stream& stream, const StepRule& rule, std::span<const FloatArray> gradients, double* squares,
            StepRecord* step);

}  // namespace convlstm::cuda::pointwise
