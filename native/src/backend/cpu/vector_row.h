// Several vectors as one number for the maths of a cell: neighbours that do not wait for each other, and
// share what is loaded for them. For the files of one instruction set each (see vector_math.h).
#pragma once

namespace convlstm::cpu {

template <typename V, int N>
struct VectorRow {
  V v[N];

  template <typename Function>
  static inline __attribute__((always_inline)) VectorRow make(const Function& element) {
    VectorRow row;
#pragma GCC unroll 8
    for (int k = 0; k < N; ++k) row.v[k] = element(k);
    return row;
  }

  friend inline VectorRow operator+(const VectorRow& a, const VectorRow& b) {
    return make([&](int k) { return a.v[k] + b.v[k]; });
  }
  friend inline VectorRow operator*(const VectorRow& a, const VectorRow& b) {
    return make([&](int k) { return a.v[k] * b.v[k]; });
  }
};

// The Math of a cell over rows.
template <typename Math, typename V, int N>
struct RowMath {
  using Row = VectorRow<V, N>;
  const Math& math;

  Row gate(const Row& x) const {
    return Row::make([&](int k) { return math.gate(x.v[k]); });
  }
  Row cell(const Row& x) const {
    return Row::make([&](int k) { return math.cell(x.v[k]); });
  }
  Row clip(const Row& c) const {
    return Row::make([&](int k) { return math.clip(c.v[k]); });
  }
  Row gate_slope(const Row& a) const {
    return Row::make([&](int k) { return math.gate_slope(a.v[k]); });
  }
  Row cell_slope(const Row& a) const {
    return Row::make([&](int k) { return math.cell_slope(a.v[k]); });
  }
  Row unclipped(const Row& gradient, const Row& c) const {
    return Row::make([&](int k) { return math.unclipped(gradient.v[k], c.v[k]); });
  }
};

}  // namespace convlstm::cpu
