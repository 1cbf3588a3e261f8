#include "backend/cpu/ops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/error.h"

namespace convlstm::cpu::ops {
namespace {

// The sum of term(k) over [0, count) in double, the same for every number of threads.
template <typename Term>
double sum(ThreadPool& pool, std::int64_t count, const Term& term) {
  constexpr std::int64_t kBlock = 4096;
  std::vector<double> partial(static_cast<std::size_t>((count + kBlock - 1) / kBlock));
  pool.parallel_for(static_cast<std::int64_t>(partial.size()), [&](std::int64_t block) {
    const std::int64_t end = std::min(count, (block + 1) * kBlock);
    double total = 0;
    for (std::int64_t k = block * kBlock; k < end; ++k) total += term(k);
    partial[static_cast<std::size_t>(block)] = total;
  });
  double total = 0;
  for (const double part : partial) total += part;
  return total;
}

}  // namespace

void fill(ThreadPool& pool, float* data, std::int64_t count, float value) {
  for_each_block(pool, count,
                 [&](std::int64_t begin, std::int64_t end) { std::fill(data + begin, data + end, value); });
}

void copy_channels(ThreadPool& pool, const float* source, ChannelRange from, float* destination,
                   ChannelRange to, std::int64_t images, std::int64_t count, std::int64_t area) {
  const auto copy_image = [&](std::int64_t image) {
    std::memcpy(destination + (image * to.channels + to.first) * area,
                source + (image * from.channels + from.first) * area,
                static_cast<std::size_t>(count * area) * sizeof(float));
  };
  if (images * count * area < 16384) {
    for (std::int64_t image = 0; image < images; ++image) copy_image(image);
  } else {
    pool.parallel_for(images, copy_image);
  }
}

void add(ThreadPool& pool, float* data, const float* other, std::int64_t count) {
  for_each_block(pool, count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) data[k] += other[k];
  });
}

void multiply(ThreadPool& pool, float* data, const float* other, std::int64_t count) {
  for_each_block(pool, count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) data[k] *= other[k];
  });
}

void scale(ThreadPool& pool, float* data, float factor, std::int64_t count) {
  for_each_block(pool, count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) data[k] *= factor;
  });
}

float loss(ThreadPool& pool, cln_loss kind, const float* prediction, const float* target,
           const float* weights, float* gradient, std::int64_t count) {
  const auto weight = [weights](std::int64_t k) { return weights != nullptr ? weights[k] : 1.0f; };
  const float scale = count > 0 ? static_cast<float>(1.0 / static_cast<double>(count)) : 0.0f;
  double total = 0;
  switch (kind) {
    case CLN_LOSS_MEAN_SQUARED_ERROR:
      total = sum(pool, count, [&](std::int64_t k) {
        const float error = prediction[k] - target[k];
        const double w = static_cast<double>(weight(k));
        if (gradient != nullptr) gradient[k] = 2.0f * error * scale * weight(k);
        return w * static_cast<double>(error) * static_cast<double>(error);
      });
      break;
    case CLN_LOSS_BINARY_CROSS_ENTROPY:
      total = sum(pool, count, [&](std::int64_t k) {
        const float p = prediction[k], y = target[k];
        const float small = std::exp(-std::fabs(p));  // in (0, 1]: nothing overflows
        const double w = static_cast<double>(weight(k));
        if (gradient != nullptr)
          gradient[k] = ((p >= 0 ? 1.0f : small) / (1.0f + small) - y) * scale * weight(k);
        return w * (static_cast<double>(std::max(p, 0.0f) - p * y) + static_cast<double>(std::log1p(small)));
      });
      break;
    default:
      fail(CLN_INVALID_ARGUMENT, "loss_kind: expected one of cln_loss, got ", static_cast<int>(kind));
  }
  return static_cast<float>(total / static_cast<double>(std::max<std::int64_t>(count, 1)));
}

double sum_of_squares(ThreadPool& pool, const float* data, std::int64_t count) {
  return sum(pool, count,
             [&](std::int64_t k) { return static_cast<double>(data[k]) * static_cast<double>(data[k]); });
}

void update(ThreadPool& pool, const SgdUpdate& how, const StepRecord& step, const float* gradient,
            float* velocity, float* parameter, std::int64_t count) {
  if (step.is_made == 0) return;
  for_each_block(pool, count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const float v = how.momentum * velocity[k] + step.scale * gradient[k];
      velocity[k] = v;
      parameter[k] -= how.learning_rate * v;
    }
  });
}

void update(ThreadPool& pool, const AdamUpdate& how, const StepRecord& step, const float* gradient, float* m,
            float* v, float* parameter, std::int64_t count) {
  if (step.is_made == 0) return;
  for_each_block(pool, count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const float g = step.scale * gradient[k];
      const float m_new = how.beta1 * m[k] + (1 - how.beta1) * g;
      const float v_new = how.beta2 * v[k] + (1 - how.beta2) * g * g;
      m[k] = m_new;
      v[k] = v_new;
      parameter[k] -=
          how.learning_rate * (m_new * step.unbias1) / (std::sqrt(v_new * step.unbias2) + how.epsilon);
    }
  });
}

}  // namespace convlstm::cpu::ops
