#pragma once

#include <cstdint>

namespace convlstm::cpu {

// to[column * to_stride + row] = from[row * from_stride + column], in blocks that stay in the first-level
// cache: between channels first and channels last.
void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride);

}  // namespace convlstm::cpu
