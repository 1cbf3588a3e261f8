#include "backend/cpu/transpose.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kUnit = 4, kBlock = 32;
typedef float V __attribute__((vector_size(16)));
typedef std::int32_t I __attribute__((vector_size(16)));

V load(const float* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

struct Unit {
  V columns[kUnit];
};

Unit transposed(const float* from, std::int64_t from_stride) {
  const V a = load(from), b = load(from + from_stride), c = load(from + 2 * from_stride),
          d = load(from + 3 * from_stride);
  const I low{0, 4, 1, 5}, high{2, 6, 3, 7}, first{0, 1, 4, 5}, second{2, 3, 6, 7};
  const V ab_low = __builtin_shuffle(a, b, low), ab_high = __builtin_shuffle(a, b, high);
  const V cd_low = __builtin_shuffle(c, d, low), cd_high = __builtin_shuffle(c, d, high);
  return {{__builtin_shuffle(ab_low, cd_low, first), __builtin_shuffle(ab_low, cd_low, second),
           __builtin_shuffle(ab_high, cd_high, first), __builtin_shuffle(ab_high, cd_high, second)}};
}

void transpose_unit(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  const Unit unit = transposed(from, from_stride);
  for (std::int64_t k = 0; k < kUnit; ++k)
    std::memcpy(to + k * to_stride, &unit.columns[k], sizeof unit.columns[k]);
}

void transpose_block(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                     float* to, std::int64_t to_stride) {
  const std::int64_t whole_rows = rows / kUnit * kUnit, whole_columns = columns / kUnit * kUnit;
  for (std::int64_t column = 0; column < whole_columns; column += kUnit)
    for (std::int64_t row = 0; row < whole_rows; row += kUnit)
      transpose_unit(from + row * from_stride + column, from_stride, to + column * to_stride + row,
                     to_stride);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = row < whole_rows ? whole_columns : 0; column < columns; ++column)
      to[column * to_stride + row] = from[row * from_stride + column];
}

}  // namespace

void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride) {
  for (std::int64_t row = 0; row < rows; row += kBlock)
    for (std::int64_t column = 0; column < columns; column += kBlock)
      transpose_block(from + row * from_stride + column, from_stride, std::min(kBlock, rows - row),
                      std::min(kBlock, columns - column), to + column * to_stride + row, to_stride);
}

#if defined(__SSE2__)

// Whole lines of `to` at a time, of which the processor then reads none.
void transpose_past_caches(const float* from, std::int64_t from_stride, std::int64_t rows,
                           std::int64_t columns, float* to, std::int64_t to_stride) {
  constexpr std::int64_t kLine = 16;  // floats
  const auto place = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) / sizeof *to % kLine);
  const std::int64_t head = (kLine - place) % kLine;
  if (to_stride % kLine != 0 || columns % kUnit != 0 || rows < head + kLine)
    return transpose(from, from_stride, rows, columns, to, to_stride);
  const std::int64_t end = head + (rows - head) / kLine * kLine;
  transpose(from, from_stride, head, columns, to, to_stride);
  for (std::int64_t row = head; row < end; row += kLine)
    for (std::int64_t column = 0; column < columns; column += kUnit) {
      Unit units[kLine / kUnit];
      for (std::int64_t k = 0; k < kLine / kUnit; ++k)
        units[k] = transposed(from + (row + k * kUnit) * from_stride + column, from_stride);
      for (std::int64_t c = 0; c < kUnit; ++c)
        for (std::int64_t k = 0; k < kLine / kUnit; ++k)
          _mm_stream_ps(to + (column + c) * to_stride + row + k * kUnit, units[k].columns[c]);
    }
  transpose(from + end * from_stride, from_stride, rows - end, columns, to + end, to_stride);
}

void finish_stores_past_caches() {
  _mm_sfence();
}

#else

void transpose_past_caches(const float* from, std::int64_t from_stride, std::int64_t rows,
                           std::int64_t columns, float* to, std::int64_t to_stride) {
  transpose(from, from_stride, rows, columns, to, to_stride);
}

void finish_stores_past_caches() {}

#endif

}  // namespace convlstm::cpu
