// The cells of a tile of winograd_fused, written once over a vector type (see kernels_impl.h): a row of
// pixels goes through the cell at once.
#pragma once

#include "backend/cpu/runtime_math.h"
#include "backend/cpu/vector_memory.h"
#include "backend/cpu/vector_row.h"
#include "backend/cpu/winograd.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

// M: pixels of a row of the tile.
template <typename S, int M>
struct WinogradCells : VectorMemory<S> {
  using V = typename S::V;
  static constexpr int kLanes = S::kLanes, kGates = conv_lstm::kGates;
  using VectorMemory<S>::load, VectorMemory<S>::store, VectorMemory<S>::store_far;

  static void forward(const WinogradGates& a, const V (&pre)[kGates][M][M]) {
    const RuntimeMath<S> math(a.gate_activation, a.cell_activation, a.clip);
    for (std::int64_t row = 0; row < a.rows; ++row)
      if (a.columns == M)
        step_cells<M>(a, math, pre, row, 0);
      else
        for (std::int64_t column = 0; column < a.columns; ++column) step_cells<1>(a, math, pre, row, column);
  }

  // Leaves `pre` alone where the tile has no pixels of the image.
  static void backward(const WinogradGateGradients& a, V (&pre)[kGates][M][M]) {
    const RuntimeMath<S> math(a.gate_activation, a.cell_activation, a.clip);
    PeepholeSums sums{};
    for (std::int64_t row = 0; row < a.rows; ++row)
      if (a.columns == M)
        step_cells_back<M>(a, math, row, 0, pre, sums);
      else
        for (std::int64_t column = 0; column < a.columns; ++column)
          step_cells_back<1>(a, math, row, column, pre, sums);
    store(a.peephole_gradient, sums.i);
    store(a.peephole_gradient + kLanes, sums.f);
    store(a.peephole_gradient + 2 * kLanes, V{});
    store(a.peephole_gradient + 3 * kLanes, sums.o);
  }

 private:
  // Pixels [column, column + Count) of a row of the tile through the cell.
  template <int Count>
  static void step_cells(const WinogradGates& a, const RuntimeMath<S>& math, const V (&pre)[kGates][M][M],
                         std::int64_t row, std::int64_t column) {
    using Row = VectorRow<V, Count>;
    const std::int64_t place = row * a.row_stride + column * a.pixel_stride;
    const std::int64_t before = row * a.c_before_row_stride + column * a.c_before_pixel_stride;
    const std::int64_t inside = (row * M + column) * kGates * kLanes;
    const auto sums = [&](int g) {
      return Row::make([&](int k) {
        const V sum = pre[g][row][column + k];
        if (a.input_sums == nullptr) return sum;
        return sum + load(a.input_sums + inside + (k * kGates + g) * kLanes);
      });
    };
    const auto same = [](V v) { return Row::make([v](int) { return v; }); };
    const conv_lstm::Peepholes<Row> p{same(load(a.peephole)), same(load(a.peephole + kLanes)),
                                      same(load(a.peephole + 2 * kLanes))};
    const conv_lstm::Step<Row> s = conv_lstm::forward(
        RowMath<RuntimeMath<S>, V, Count>{math}, {sums(0), sums(1), sums(2), sums(3)}, p,
        Row::make([&](int k) { return load(a.c_before + before + k * a.c_before_pixel_stride); }));
#pragma GCC unroll 4
    for (int k = 0; k < Count; ++k) {
      store_far(a.c + place + k * a.pixel_stride, s.c.v[k], a.is_far && a.c != a.c_before);
      store(a.h + place + k * a.pixel_stride, s.h.v[k]);
      if (a.gates == nullptr) continue;
      float* gates = a.gates + inside + k * kGates * kLanes;
      store_far(gates, s.gates.i.v[k], a.is_far);
      store_far(gates + kLanes, s.gates.f.v[k], a.is_far);
      store_far(gates + 2 * kLanes, s.gates.g.v[k], a.is_far);
      store_far(gates + 3 * kLanes, s.gates.o.v[k], a.is_far);
    }
  }

  // The peepholes' gradients of a tile.
  struct PeepholeSums {
    V i, f, o;
  };

  // Pixels [column, column + Count) of a row of the tile back through the cell.
  template <int Count>
  static void step_cells_back(const WinogradGateGradients& a, const RuntimeMath<S>& runtime_math,
                              std::int64_t row, std::int64_t column, V (&pre)[kGates][M][M],
                              PeepholeSums& sums) {
    using Row = VectorRow<V, Count>;
    const RowMath<RuntimeMath<S>, V, Count> math{runtime_math};
    const std::int64_t pixel = (row * M + column) * kLanes;
    const std::int64_t place = row * a.c_row_stride + column * a.c_pixel_stride;
    const auto from = [](const float* first, std::int64_t stride) {
      return Row::make([&](int k) { return load(first + k * stride); });
    };
    const auto gate = [&](int g) { return from(a.gates + pixel * kGates + g * kLanes, kGates * kLanes); };
    const Row c_before = from(a.c_before + place, a.c_pixel_stride), c = from(a.c + place, a.c_pixel_stride);
    const conv_lstm::StepGradient<Row> d = conv_lstm::backward(
        math, {gate(0), gate(1), gate(2), gate(3)},
        conv_lstm::Peepholes<Row>{from(a.peephole, 0), from(a.peephole + kLanes, 0),
                                  from(a.peephole + 2 * kLanes, 0)},
        c_before, c, math.cell(c), from(a.dh + pixel, kLanes), from(a.dc + pixel, kLanes));
#pragma GCC unroll 4
    for (int k = 0; k < Count; ++k) {
      store(a.dc + pixel + k * kLanes, d.c_before.v[k]);
      pre[0][row][column + k] = d.pre.i.v[k];
      pre[1][row][column + k] = d.pre.f.v[k];
      pre[2][row][column + k] = d.pre.g.v[k];
      pre[3][row][column + k] = d.pre.o.v[k];
      sums.i = S::fma(d.pre.i.v[k], c_before.v[k], sums.i);
      sums.f = S::fma(d.pre.f.v[k], c_before.v[k], sums.f);
      sums.o = S::fma(d.pre.o.v[k], c.v[k], sums.o);
    }
  }
};

}  // namespace convlstm::cpu
