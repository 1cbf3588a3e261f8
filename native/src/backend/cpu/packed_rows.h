#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "core/thread_pool.h"

namespace convlstm::cpu {

// Weights in the order in which a Product reads them: [block][term][row of the block].
struct PackedRows {
  std::int64_t blocks = 0, terms = 0;
  int rows = 0;
  AlignedBuffer weights;
  const float* block(std::int64_t b) const { return weights.data() + b * terms * rows; }
};

// One range of terms: term `run * run_length + k` of the row that begins at `row` is row[run * run_stride +
// k].
struct WeightRuns {
  std::int64_t runs = 0, run_stride = 0, run_length = 0;
  std::int64_t count() const { return runs * run_length; }
};

// Packs up to two ranges of terms one after the other. source(range, row) shows the beginning of row `row` of
// all blocks, counted through; null gives a row of zeros.
template <typename Source>
PackedRows pack_rows(ThreadPool& pool, std::int64_t blocks, int rows, const std::vector<WeightRuns>& ranges,
                     const Source& source) {
  PackedRows packed;
  packed.blocks = blocks;
  packed.rows = rows;
  for (const WeightRuns& range : ranges) packed.terms += range.count();
  packed.weights = AlignedBuffer(blocks * packed.terms * rows);
  pool.parallel_for(blocks, [&](std::int64_t b) {
    float* to = packed.weights.data() + b * packed.terms * rows;
    for (std::size_t range = 0; range < ranges.size(); ++range) {
      const WeightRuns& from = ranges[range];
      for (int r = 0; r < rows; ++r) {
        const float* row = source(range, b * rows + r);
        if (row == nullptr) continue;
        for (std::int64_t run = 0; run < from.runs; ++run)
          for (std::int64_t k = 0; k < from.run_length; ++k)
            to[(run * from.run_length + k) * rows + r] = row[run * from.run_stride + k];
      }
      to += from.count() * rows;
    }
  });
  return packed;
}

}  // namespace convlstm::cpu
