// The microkernel of GradientTile, included by the file of each instruction set.
#pragma once

#include "backend/cpu/kernels.h"
#include "backend/cpu/vector_memory.h"

namespace convlstm::cpu {

// `S` multiplies pairs where the numbers are bfloat16: see product_impl.h.
template <typename S, typename Number>
struct GradientSet {
  using V = typename S::V;
  static constexpr int kColumns = S::kGradientColumns;
  static constexpr std::int64_t kNumbers = sizeof(V) / sizeof(Number);  // of a vector
  static_assert(kColumns <= kMaxGradientColumns);

  static V load(const Number* from) {
    V v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
  }
  static std::int64_t place_of(const GradientTile<float>& tile, std::int64_t v) {
    return tile.places[v].plane;
  }
  static std::int64_t place_of(const GradientTile<std::uint16_t>&, std::int64_t v) { return v * kNumbers; }

  static void gradient(const GradientTile<Number>& tile, float* sums) {
    V total[kGradientRows][kColumns] = {};
    const Number* rows[kGradientRows];
    const Number* columns[kColumns];
    for (int r = 0; r < kGradientRows; ++r) rows[r] = tile.rows[r];
    for (int c = 0; c < kColumns; ++c) columns[c] = tile.columns[c];
    for (std::int64_t step = 0; step < tile.steps; ++step) {
      for (std::int64_t v = 0; v < tile.count; ++v) {
        const std::int64_t place = place_of(tile, v);
        V column[kColumns];
#pragma GCC unroll 8
        for (int c = 0; c < kColumns; ++c) column[c] = load(columns[c] + place);
#pragma GCC unroll 8
        for (int r = 0; r < kGradientRows; ++r) {
          const V row = load(rows[r] + place);
#pragma GCC unroll 8
          for (int c = 0; c < kColumns; ++c) total[r][c] = S::fma(row, column[c], total[r][c]);
        }
      }
      for (int r = 0; r < kGradientRows; ++r) rows[r] += tile.row_step;
      for (int c = 0; c < kColumns; ++c) columns[c] += tile.column_steps[c];
    }
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) {
      float column[kGradientRows];
      S::sum4(total[0][c], total[1][c], total[2][c], total[3][c], column);
      for (int r = 0; r < kGradientRows; ++r) sums[r * kColumns + c] = column[r];
    }
  }
};

}  // namespace convlstm::cpu
