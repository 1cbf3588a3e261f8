// The passes of a normalization (see pointwise.h), included by the file of each instruction set through
// kernels_impl.h.
#pragma once

#include "backend/cpu/pointwise_impl.h"

namespace convlstm::cpu {

template <typename S>
struct NormSet {
  using V = typename S::V;
  using P = PointwiseSet<S>;

  // Sums `count` quantities over the vectors of a row: visit(vector, body, totals).
  template <int Count, typename Visit>
  static void for_row(const NormRow& row, double* sums, const Visit& visit) {
    for (int k = 0; k < Count; ++k) sums[k] = 0;
    for (std::int64_t first = 0; first < row.count; first += P::kChunk) {
      const std::int64_t end = first + P::kChunk < row.count ? first + P::kChunk : row.count;
      V totals[Count] = {};
      for (std::int64_t v = first; v < end; ++v) visit(row.places[v], totals);
      for (int k = 0; k < Count; ++k) sums[k] += P::sum(totals[k]);
    }
  }

  static V normalized(const NormRow& row, std::int64_t place) {
    const V distance = P::load(row.values + place) - S::broadcast(row.mean) - S::broadcast(row.mean_rest);
    return distance * S::broadcast(row.inverse_std);
  }

  // A first mean, then the distances from it, which are small: they correct the mean as well.
  static void moments(const NormRow& row, double pixels, double* sums) {
    double total, distances[2];
    for_row<1>(row, &total, [&](const VectorPlace& place, V* totals) {
      totals[0] += P::masked(P::load(row.values + place.body), place.mask);
    });
    const auto first = static_cast<float>(total / pixels);
    for_row<2>(row, distances, [&](const VectorPlace& place, V* totals) {
      const V distance = P::masked(P::load(row.values + place.body) - S::broadcast(first), place.mask);
      totals[0] += distance;
      totals[1] += distance * distance;
    });
    const double correction = distances[0] / pixels;
    sums[0] = static_cast<double>(first) + correction;
    sums[1] = distances[1] - pixels * correction * correction;
  }

  static void apply(const NormRow& row) {
    for (std::int64_t v = 0; v < row.count; ++v) {
      const std::int64_t place = row.places[v].body;
      V out = normalized(row, place) * P::read(row.scale, place) + P::read(row.shift, place);
      out = P::masked(out, row.places[v].mask);
      if (row.adds) out += P::load(row.out + place);
      P::store(row.out + place, out);
    }
  }

  static void sums(const NormRowGradient& g, double* result) {
    for_row<5>(g.row, result, [&](const VectorPlace& at, V* totals) {
      const V d = P::masked(P::load(g.d + at.body), at.mask), x = normalized(g.row, at.body);
      const V dx = d * P::read(g.row.scale, at.body);
      totals[0] += dx;
      totals[1] += dx * x;
      totals[2] += d;
      totals[3] += d * x;
      totals[4] += P::masked(x, at.mask);
    });
  }

  static void backward(const NormRowGradient& g) {
    const V inverse_std = S::broadcast(g.row.inverse_std);
    const V mean_dx = S::broadcast(g.mean_dx), mean_dx_x = S::broadcast(g.mean_dx_x);
    for (std::int64_t v = 0; v < g.row.count; ++v) {
      const std::int64_t place = g.row.places[v].body;
      const std::int32_t* mask = g.row.places[v].mask;
      const V d = P::masked(P::load(g.d + place), mask), x = normalized(g.row, place);
      if (g.scale != nullptr) {
        P::store(g.scale + place, P::load(g.scale + place) + d * x);
        P::store(g.shift + place, P::load(g.shift + place) + d);
      }
      const V dx = d * P::read(g.row.scale, place);
      P::store(g.out + place, P::masked(inverse_std * (dx - mean_dx - x * mean_dx_x), mask));
    }
  }

  static constexpr NormKernels table() { return {moments, apply, sums, backward}; }
};

}  // namespace convlstm::cpu
