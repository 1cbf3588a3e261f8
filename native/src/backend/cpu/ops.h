// The backend's operations on whole arrays. Each gives the same bits for every number of threads: work is cut
// into blocks of fixed size, and sums are taken over the blocks in order.
#pragma once

#include <cstdint>

#include "backend/backend.h"
#include "core/thread_pool.h"

namespace convlstm::cpu::ops {

void fill(ThreadPool& pool, float* data, std::int64_t count, float value);
void copy_channels(ThreadPool& pool, const float* source, ChannelRange from, float* destination,
                   ChannelRange to, std::int64_t images, std::int64_t count, std::int64_t area);
void add(ThreadPool& pool, float* data, const float* other, std::int64_t count);
void multiply(ThreadPool& pool, float* data, const float* other, std::int64_t count);
void scale(ThreadPool& pool, float* data, float factor, std::int64_t count);
float loss(ThreadPool& pool, cln_loss kind, const float* prediction, const float* target,
           const float* weights, float* gradient, std::int64_t count);
double sum_of_squares(ThreadPool& pool, const float* data, std::int64_t count);
void update(ThreadPool& pool, const SgdUpdate& how, const StepRecord& step, const float* gradient,
            float* velocity, float* parameter, std::int64_t count);
void update(ThreadPool& pool, const AdamUpdate& how, const StepRecord& step, const float* gradient, float* m,
            float* v, float* parameter, std::int64_t count);

// Calls body(begin, end) for blocks of [0, count) on all threads; on the caller alone where there is one
// block.
template <typename Body>
void for_each_block(ThreadPool& pool, std::int64_t count, const Body& body) {
  constexpr std::int64_t kBlock = 8192;
  pool.parallel_for((count + kBlock - 1) / kBlock, [&](std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    body(begin, begin + kBlock < count ? begin + kBlock : count);
  });
}

}  // namespace convlstm::cpu::ops
