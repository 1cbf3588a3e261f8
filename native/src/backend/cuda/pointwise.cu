#include "backend/cuda/pointwise.h"

#include "backend/cuda/launch.h"
#include "core/error.h"

namespace convlstm::cuda::pointwise {
namespace {

struct Fill {
  float* data;
  float value;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] = value; }
};
struct Sigmoid {
  float* data;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] = 1.0f / (1.0f + expf(-data[i])); }
};
struct Add {
  float* data;
  const float* other;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] += other[i]; }
};
struct Multiply {
  float* data;
  const float* other;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] *= other[i]; }
};
struct Scale {
  float* data;
  float factor;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] *= factor; }
};

struct CopyChannels {
  const float* source;
  float* destination;
  std::int64_t row, source_stride, destination_stride;  // floats of an image: copied, there, here
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t image = i / row, at = i - image * row;
    destination[image * destination_stride + at] = source[image * source_stride + at];
  }
};

struct Sgd {
  SgdUpdate how;
  const StepRecord* step;
  const float* gradient;
  float *velocity, *parameter;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    if (step->is_made == 0) return;
    const float v = how.momentum * velocity[i] + step->scale * gradient[i];
    velocity[i] = v;
    parameter[i] -= how.learning_rate * v;
  }
};

struct Adam {
  AdamUpdate how;
  const StepRecord* step;
  const float* gradient;
  float *m, *v, *parameter;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    if (step->is_made == 0) return;
    const float g = step->scale * gradient[i];
    const float m_new = how.beta1 * m[i] + (1 - how.beta1) * g;
    const float v_new = how.beta2 * v[i] + (1 - how.beta2) * g * g;
    m[i] = m_new;
    v[i] = v_new;
    parameter[i] -=
        how.learning_rate * (m_new * step->unbias1) / (sqrtf(v_new * step->unbias2) + how.epsilon);
  }
};

struct SquaredError {
  LossArrays arrays;
  float scale;
  CLN_HOST_DEVICE Sums<1, double> operator()(std::int64_t, std::int64_t i) const {
    const float error = arrays.prediction[i] - arrays.target[i];
    const float weight = arrays.weights != nullptr ? arrays.weights[i] : 1.0f;
    if (arrays.gradient != nullptr) arrays.gradient[i] = 2.0f * error * scale * weight;
    return {{static_cast<double>(weight) * static_cast<double>(error) * static_cast<double>(error)}};
  }
};

struct CrossEntropy {
  LossArrays arrays;
  float scale;
  CLN_HOST_DEVICE Sums<1, double> operator()(std::int64_t, std::int64_t i) const {
    const float p = arrays.prediction[i], y = arrays.target[i];
    const float weight = arrays.weights != nullptr ? arrays.weights[i] : 1.0f;
    const float small = expf(-fabsf(p));  // in (0, 1]: nothing overflows
    if (arrays.gradient != nullptr)
      arrays.gradient[i] = ((p >= 0 ? 1.0f : small) / (1.0f + small) - y) * scale * weight;
    const double loss = static_cast<double>((p > 0 ? p : 0.0f) - p * y) + static_cast<double>(log1pf(small));
    return {{static_cast<double>(weight) * loss}};
  }
};

struct Mean {
  float* result;
  double count;
  CLN_HOST_DEVICE void operator()(std::int64_t, const double* sums) const {
    *result = static_cast<float>(sums[0] / count);
  }
};

struct Square {
  const float* data;
  CLN_HOST_DEVICE Sums<1, double> operator()(std::int64_t, std::int64_t i) const {
    return {{static_cast<double>(data[i]) * static_cast<double>(data[i])}};
  }
};
struct AddTo {
  double* result;
  CLN_HOST_DEVICE void operator()(std::int64_t, const double* sums) const { *result += sums[0]; }
};
struct Decide {
  StepRule rule;
  const double* squares;
  StepRecord* step;
  CLN_HOST_DEVICE void operator()(std::int64_t) const { decide_step(*step, rule, *squares); }
};

}  // namespace

void fill(Stream& stream, float* data, std::int64_t count, float value) {
  launch(stream, count, Fill{data, value});
}

void sigmoid(Stream& stream, float* data, std::int64_t count) {
  launch(stream, count, Sigmoid{data});
}

void add(Stream& stream, float* data, const float* other, std::int64_t count) {
  launch(stream, count, Add{data, other});
}

void multiply(Stream& stream, float* data, const float* other, std::int64_t count) {
  launch(stream, count, Multiply{data, other});
}

void scale(Stream& stream, float* data, float factor, std::int64_t count) {
  launch(stream, count, Scale{data, factor});
}

void copy_channels(Stream& stream, const float* source, ChannelRange from, float* destination,
                   ChannelRange to, std::int64_t images, std::int64_t count, std::int64_t area) {
  launch(stream, images * count * area,
         CopyChannels{source + from.first * area, destination + to.first * area, count * area,
                      from.channels * area, to.channels * area});
}

void update(Stream& stream, const SgdUpdate& how, const StepRecord* step, const float* gradient,
            float* velocity, float* parameter, std::int64_t count) {
  launch(stream, count, Sgd{how, step, gradient, velocity, parameter});
}

void update(Stream& stream, const AdamUpdate& how, const StepRecord* step, const float* gradient, float* m,
            float* v, float* parameter, std::int64_t count) {
  launch(stream, count, Adam{how, step, gradient, m, v, parameter});
}

void loss(Stream& stream, cln_loss kind, const LossArrays& arrays, std::int64_t count, float* result) {
  const float scale = count > 0 ? static_cast<float>(1.0 / static_cast<double>(count)) : 0.0f;
  const Mean mean{result, static_cast<double>(count > 0 ? count : 1)};
  switch (kind) {
    case CLN_LOSS_MEAN_SQUARED_ERROR:
      return launch_sums(stream, 1, count, SquaredError{arrays, scale}, mean);
    case CLN_LOSS_BINARY_CROSS_ENTROPY:
      return launch_sums(stream, 1, count, CrossEntropy{arrays, scale}, mean);
  }
  fail(CLN_INVALID_ARGUMENT, "loss_kind: expected one of cln_loss, got ", static_cast<int>(kind));
}

void decide(Stream& stream, const StepRule& rule, std::span<const FloatArray> gradients, double* squares,
            StepRecord* step) {
  stream.clear(squares, sizeof *squares);
  for (const FloatArray& array : gradients)
    launch_sums(stream, 1, array.count, Square{array.data}, AddTo{squares});
  launch(stream, 1, Decide{rule, squares, step});
}

}  // namespace convlstm::cuda::pointwise
