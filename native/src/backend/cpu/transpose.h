#pragma once

#include <cstdint>

namespace convlstm::cpu {

// to[column * to_stride + row] = from[row * from_stride + column], in blocks that stay in the first-level
// cache: between channels first and channels last.
void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride);

// The same past the caches, where the system has such stores: for large arrays, which nobody reads soon.
// Other threads see them after finish_stores_past_caches().
void transpose_past_caches(const float* from, std::int64_t from_stride, std::int64_t rows,
                           std::int64_t columns, float* to, std::int64_t to_stride);
void finish_stores_past_caches();

}  // namespace convlstm::cpu
