#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "cell/bfloat16.h"
#include "core/thread_pool.h"

namespace convlstm::cpu {

struct PackedLayout {
  std::int64_t blocks = 0, terms = 0;
  int rows = 0;  // of a block
  bool is_paired = false;

  std::int64_t block_size() const { return terms * rows; }
  std::int64_t count() const { return blocks * block_size(); }
};

// Weights in the order in which a Product reads them: [block][term][row of the block]. In bfloat16 storage
// they are kept as upper halves of floats, or as pairs in the place of floats: see Kernels::multiply_pairs.
struct PackedRows : PackedLayout {
  AlignedBuffer weights;
  std::vector<std::uint16_t> halves;

  bool is_half() const { return !halves.empty(); }
  // The floats of a block. Halves are unpacked into `scratch`, block_size() floats; else it is not looked at.
  const float* block(std::int64_t b, float* scratch) const {
    if (!is_half()) return weights.data() + b * block_size();
    const std::uint16_t* from = halves.data() + b * block_size();
    for (std::int64_t k = 0; k < block_size(); ++k) scratch[k] = bfloat16::to_float(from[k]);
    return scratch;
  }
  void halve() {
    halves.resize(static_cast<std::size_t>(weights.count()));
    std::transform(weights.data(), weights.data() + weights.count(), halves.begin(), bfloat16::from_float);
    weights = AlignedBuffer();
  }
};

// One range of terms: term `run * run_length + k` of the row that begins at `row` is row[run * run_stride +
// k], or row[run * run_stride + elements[k]] where there is a list of so many elements.
struct WeightRuns {
  std::int64_t runs = 0, run_stride = 0, run_length = 0;
  const std::int64_t* elements = nullptr;
  std::int64_t count(bool is_paired = false) const {
    return (is_paired ? (runs + 1) / 2 : runs) * run_length;
  }
};

// Packs ranges of terms one after the other. source(range, row) shows the beginning of row `row` of all
// blocks, counted through; null gives a row of zeros. `is_paired`: a term is of two runs of a range, the last
// perhaps with a zero.
template <typename Source>
PackedRows pack_rows(ThreadPool& pool, std::int64_t blocks, int rows, const std::vector<WeightRuns>& ranges,
                     const Source& source, bool is_paired = false) {
  PackedRows packed;
  packed.is_paired = is_paired;
  packed.blocks = blocks;
  packed.rows = rows;
  for (const WeightRuns& range : ranges) packed.terms += range.count(is_paired);
  packed.weights = AlignedBuffer(blocks * packed.terms * rows);
  pool.parallel_for(blocks, [&](std::int64_t b) {
    float* to = packed.weights.data() + b * packed.terms * rows;
    for (std::size_t range = 0; range < ranges.size(); ++range) {
      const WeightRuns& from = ranges[range];
      for (int r = 0; r < rows; ++r) {
        const float* row = source(range, b * rows + r);
        if (row == nullptr) continue;
        const auto weight = [&](std::int64_t run, std::int64_t k) {
          return run < from.runs ? row[run * from.run_stride + from.elements[k]] : 0.0f;
        };
        for (std::int64_t run = 0; run < from.runs; run += is_paired ? 2 : 1)
          for (std::int64_t k = 0; k < from.run_length; ++k)
            to[((is_paired ? run / 2 : run) * from.run_length + k) * rows + r] =
                is_paired ? bfloat16::pair(weight(run, k), weight(run + 1, k)) : weight(run, k);
      }
      to += from.count(is_paired) * rows;
    }
  });
  return packed;
}

}  // namespace convlstm::cpu
