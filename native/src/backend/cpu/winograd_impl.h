// The kernels of winograd_fused, written once over a vector type (see kernels_impl.h).
#pragma once

#include "backend/cpu/runtime_math.h"
#include "backend/cpu/winograd.h"
#include "backend/cpu/winograd_matrices.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

template <typename S>
struct WinogradSet {
  using V = typename S::V;
  static constexpr int kLanes = S::kLanes;
  static constexpr int kGates = 4;
  static constexpr int kTiles = S::kWinogradTiles;

  static V load(const float* from) {
    V v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
  }
  static void store(float* to, V v) { __builtin_memcpy(to, &v, sizeof v); }

  // All accumulators stay in registers: T tiles times the four gates.
  template <int T>
  static void product_of(const WinogradProduct& a, std::int64_t tile) {
    V total[T][kGates] = {};
    const float* weights = a.weights;
    for (const WinogradProduct::Channels& channels : a.channels) {
      const float* input = a.input + tile * a.tile_stride + channels.first;
      for (std::int64_t k = 0; k < channels.count; ++k, weights += kGates * kLanes) {
        V x[T];
#pragma GCC unroll 8
        for (int t = 0; t < T; ++t) x[t] = S::broadcast(input[t * a.tile_stride + k]);
#pragma GCC unroll 4
        for (int g = 0; g < kGates; ++g) {
          const V w = load(weights + g * kLanes);
#pragma GCC unroll 8
          for (int t = 0; t < T; ++t) total[t][g] = S::fma(x[t], w, total[t][g]);
        }
      }
    }
    float* sums = a.sums + tile * kGates * kLanes;
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t)
#pragma GCC unroll 4
      for (int g = 0; g < kGates; ++g) store(sums + (t * kGates + g) * kLanes, total[t][g]);
  }

  static void product(const WinogradProduct& a) {
    std::int64_t tile = 0;
    for (; tile + kTiles <= a.tiles; tile += kTiles) product_of<kTiles>(a, tile);
    if constexpr (kTiles > 3) {
      if (tile + 3 <= a.tiles) {
        product_of<3>(a, tile);
        tile += 3;
      }
    }
    for (; tile < a.tiles; ++tile) product_of<1>(a, tile);
  }

  // A vector times a constant and added, with nothing left of zeros and ones.
  static void add_scaled(V& total, bool& is_first, double factor, V v) {
    if (factor == 0) return;
    if (is_first)
      total = factor == 1 ? v : v * S::broadcast(static_cast<float>(factor));
    else if (factor == 1)
      total = total + v;
    else if (factor == -1)
      total = total - v;
    else
      total = S::fma(v, S::broadcast(static_cast<float>(factor)), total);
    is_first = false;
  }

  template <int M, int R>
  struct Variant {
    static constexpr int kPoints = M + R - 1;
    static constexpr WinogradMatrices<M, R> kMatrices = winograd_matrices<M, R>();

    // out[row] = matrix[row] . in
    template <int Rows>
    static inline __attribute__((always_inline)) void transform(const double (&matrix)[Rows][kPoints],
                                                                const V (&in)[kPoints], V (&out)[Rows]) {
#pragma GCC unroll 8
      for (int row = 0; row < Rows; ++row) {
        V total{};
        bool is_first = true;
#pragma GCC unroll 8
        for (int k = 0; k < kPoints; ++k) add_scaled(total, is_first, matrix[row][k], in[k]);
        out[row] = total;
      }
    }

    static void input(const WinogradInput& a) {
      for (std::int64_t v = 0; v < a.vectors; ++v) {
        const float* pixels = a.pixels + v * kLanes;
        V half[kPoints][kPoints];  // by column
        for (int column = 0; column < kPoints; ++column) {
          V in[kPoints];
#pragma GCC unroll 8
          for (int row = 0; row < kPoints; ++row)
            in[row] = load(pixels + row * a.row_stride + column * a.pixel_stride);
          transform(kMatrices.bt, in, half[column]);
        }
        for (int row = 0; row < kPoints; ++row) {
          V in[kPoints], out[kPoints];
#pragma GCC unroll 8
          for (int column = 0; column < kPoints; ++column) in[column] = half[column][row];
          transform(kMatrices.bt, in, out);
          float* to = a.transformed + row * kPoints * a.point_stride + v * kLanes;
#pragma GCC unroll 8
          for (int column = 0; column < kPoints; ++column) store(to + column * a.point_stride, out[column]);
        }
      }
    }

    static void output(const float* sums, std::int64_t point_stride, V bias, V (&pre)[M][M]) {
      V half[kPoints][M];  // by column
      for (int column = 0; column < kPoints; ++column) {
        V in[kPoints];
#pragma GCC unroll 8
        for (int row = 0; row < kPoints; ++row)
          in[row] = load(sums + (row * kPoints + column) * point_stride);
        transform(kMatrices.at, in, half[column]);
      }
#pragma GCC unroll 4
      for (int row = 0; row < M; ++row) {
        V in[kPoints];
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column) in[column] = half[column][row];
        transform(kMatrices.at, in, pre[row]);
#pragma GCC unroll 4
        for (int column = 0; column < M; ++column) pre[row][column] = pre[row][column] + bias;
      }
    }

    static void gates(const WinogradGates& a) {
      const RuntimeMath<S> math(a.gate_activation, a.cell_activation, a.clip);
      const conv_lstm::Peepholes<V> p{load(a.peephole), load(a.peephole + kLanes),
                                      load(a.peephole + 2 * kLanes)};
      V pre[kGates][M][M];
      for (int g = 0; g < kGates; ++g)
        output(a.sums + g * kLanes, a.point_stride, load(a.bias + g * kLanes), pre[g]);
      for (std::int64_t row = 0; row < a.rows; ++row)
        for (std::int64_t column = 0; column < a.columns; ++column) {
          float* c = a.c + row * a.c_row_stride + column * a.pixel_stride;
          const conv_lstm::Step<V> s = conv_lstm::forward<RuntimeMath<S>, V>(
              math, {pre[0][row][column], pre[1][row][column], pre[2][row][column], pre[3][row][column]}, p,
              load(c));
          store(c, s.c);
          store(a.h + row * a.h_row_stride + column * a.pixel_stride, s.h);
        }
    }
  };

  static constexpr WinogradTable table() {
    return {kTiles,
            product,
            {{2, 3, Variant<2, 3>::input, Variant<2, 3>::gates},
             {4, 3, Variant<4, 3>::input, Variant<4, 3>::gates},
             {2, 5, Variant<2, 5>::input, Variant<2, 5>::gates},
             {4, 5, Variant<4, 5>::input, Variant<4, 5>::gates}}};
  }
};

}  // namespace convlstm::cpu
