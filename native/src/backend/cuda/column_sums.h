// Sums over the rows of a matrix whose columns lie side by side: consecutive threads read consecutive
// columns. For files that start kernels.
#pragma once

#include <algorithm>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {

// Into how many parts `items` are cut, each summed by one thread a column.
constexpr std::int64_t column_parts(std::int64_t columns, std::int64_t items) {
  constexpr std::int64_t kThreads = std::int64_t{1} << 18, kShortest = 16;
  return std::max<std::int64_t>(1,
                                std::min(kThreads / std::max<std::int64_t>(columns, 1), items / kShortest));
}
// Floats of room that launch_column_sums needs, for K sums.
constexpr std::int64_t column_sums_room(std::int64_t columns, std::int64_t items, int sums) {
  return column_parts(columns, items) * columns * sums;
}

template <typename Value>
struct ColumnPartsKernel {
  Value value;
  std::int64_t columns, items, length;
  float* room;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t part = i / columns, column = i - part * columns;
    const std::int64_t begin = part * length, end = begin + length < items ? begin + length : items;
    auto sums = value(column, begin < items ? begin : 0);
    if (begin >= items) sums = decltype(sums){};
    for (std::int64_t item = begin + 1; item < end; ++item) sums += value(column, item);
    constexpr int kCount = decltype(sums)::kCount;
    for (int k = 0; k < kCount; ++k) room[i * kCount + k] = sums.value[k];
  }
};

template <int K>
struct ColumnPartSum {
  const float* room;
  std::int64_t columns;
  CLN_HOST_DEVICE Sums<K> operator()(std::int64_t column, std::int64_t part) const {
    Sums<K> sums;
    for (int k = 0; k < K; ++k) sums.value[k] = room[(part * columns + column) * K + k];
    return sums;
  }
};

// For every column: the sums over `items` of value(column, item), a Sums<K>, in single precision within a
// part, in double above it, always in the same order; then done(column, const double* sums).
template <int K, typename Value, typename Done>
void launch_column_sums(Stream& stream, std::int64_t columns, std::int64_t items, const Value& value,
                        const Done& done, float* room) {
  const std::int64_t parts = column_parts(columns, items), length = (items + parts - 1) / parts;
  launch(stream, parts * columns, ColumnPartsKernel<Value>{value, columns, items, length, room});
  launch_sums(stream, columns, parts, ColumnPartSum<K>{room, columns}, done);
}

}  // namespace convlstm::cuda
