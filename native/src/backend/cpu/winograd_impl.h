// The transforms and gates of winograd_fused, written once over a vector type (see kernels_impl.h).
#pragma once

#include "backend/cpu/runtime_math.h"
#include "backend/cpu/winograd.h"
#include "backend/cpu/winograd_matrices.h"
#include "backend/cpu/winograd_product_impl.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

template <typename S>
struct WinogradSet : WinogradProducts<S> {
  using V = typename S::V;
  using Products = WinogradProducts<S>;
  using Products::kGates, Products::kLanes, Products::load, Products::store;

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
    template <int Rows, int Columns>
    static inline __attribute__((always_inline)) void transform(const double (&matrix)[Rows][Columns],
                                                                const V (&in)[Columns], V (&out)[Rows]) {
#pragma GCC unroll 8
      for (int row = 0; row < Rows; ++row) {
        V total{};
        bool is_first = true;
#pragma GCC unroll 8
        for (int k = 0; k < Columns; ++k) add_scaled(total, is_first, matrix[row][k], in[k]);
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
          const std::int64_t place = row * a.c_row_stride + column * a.pixel_stride;
          const std::int64_t inside = (row * M + column) * kGates * kLanes;
          if (a.input_sums != nullptr)
            for (int g = 0; g < kGates; ++g)
              pre[g][row][column] = pre[g][row][column] + load(a.input_sums + inside + g * kLanes);
          const conv_lstm::Step<V> s = conv_lstm::forward<RuntimeMath<S>, V>(
              math, {pre[0][row][column], pre[1][row][column], pre[2][row][column], pre[3][row][column]}, p,
              load(a.c_before + place));
          store(a.c + place, s.c);
          store(a.h + row * a.h_row_stride + column * a.pixel_stride, s.h);
          if (a.gates == nullptr) continue;
          float* gates = a.gates + inside;
          store(gates, s.gates.i);
          store(gates + kLanes, s.gates.f);
          store(gates + 2 * kLanes, s.gates.g);
          store(gates + 3 * kLanes, s.gates.o);
        }
    }

    static void plain_output(const WinogradOutput& a) {
      V pixels[M][M];
      output(a.sums, a.point_stride, V{}, pixels);
      for (int row = 0; row < M; ++row)
        for (int column = 0; column < M; ++column)
          store(a.pixels + (row * M + column) * a.pixel_stride, pixels[row][column]);
    }

    // A d A^T, the transpose of `output`.
    static void transform_gradient(const V (&d)[M][M], float* to, std::int64_t point_stride) {
      V half[M][kPoints];  // by column
      for (int column = 0; column < M; ++column) {
        V in[M];
#pragma GCC unroll 4
        for (int row = 0; row < M; ++row) in[row] = d[row][column];
        transform(kMatrices.a, in, half[column]);
      }
      for (int row = 0; row < kPoints; ++row) {
        V in[M], out[kPoints];
#pragma GCC unroll 4
        for (int column = 0; column < M; ++column) in[column] = half[column][row];
        transform(kMatrices.a, in, out);
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column)
          store(to + (row * kPoints + column) * point_stride, out[column]);
      }
    }

    static void gate_gradients(const WinogradGateGradients& a) {
      const RuntimeMath<S> math(a.gate_activation, a.cell_activation, a.clip);
      const conv_lstm::Peepholes<V> p{load(a.peephole), load(a.peephole + kLanes),
                                      load(a.peephole + 2 * kLanes)};
      V pre[kGates][M][M] = {};
      V of_i{}, of_f{}, of_o{};
      for (std::int64_t row = 0; row < a.rows; ++row)
        for (std::int64_t column = 0; column < a.columns; ++column) {
          const std::int64_t pixel = (row * M + column) * kLanes;
          const std::int64_t place = row * a.c_row_stride + column * a.c_pixel_stride;
          const float* gates = a.gates + pixel * kGates;
          const V c_before = load(a.c_before + place), c = load(a.c + place);
          const conv_lstm::StepGradient<V> d = conv_lstm::backward<RuntimeMath<S>, V>(
              math, {load(gates), load(gates + kLanes), load(gates + 2 * kLanes), load(gates + 3 * kLanes)},
              p, c_before, c, math.cell(c), load(a.dh + pixel), load(a.dc + pixel));
          store(a.dc + pixel, d.c_before);
          float* dpre = a.dpre + row * a.dpre_row_stride + column * a.dpre_pixel_stride;
          store(dpre, pre[0][row][column] = d.pre.i);
          store(dpre + kLanes, pre[1][row][column] = d.pre.f);
          store(dpre + 2 * kLanes, pre[2][row][column] = d.pre.g);
          store(dpre + 3 * kLanes, pre[3][row][column] = d.pre.o);
          of_i = S::fma(d.pre.i, c_before, of_i);
          of_f = S::fma(d.pre.f, c_before, of_f);
          of_o = S::fma(d.pre.o, c, of_o);
        }
      for (int g = 0; g < kGates; ++g) transform_gradient(pre[g], a.transformed + g * kLanes, a.point_stride);
      store(a.peephole_gradient, of_i);
      store(a.peephole_gradient + kLanes, of_f);
      store(a.peephole_gradient + 2 * kLanes, V{});
      store(a.peephole_gradient + 3 * kLanes, of_o);
    }

    // The loops over lanes become vectors.
    static void weights(const WinogradFilter& a, const float* kernels, bool flips, float* points) {
      const std::int64_t top = (R - a.rows) / 2, left = (R - a.columns) / 2, taps = a.rows * a.columns;
      double w[R][R][kLanes] = {};
      for (std::int64_t lane = 0; lane < a.lanes; ++lane)
        for (std::int64_t tap = 0; tap < taps; ++tap)
          w[top + tap / a.columns][left + tap % a.columns][lane] =
              static_cast<double>(kernels[lane * a.lane_stride + (flips ? taps - 1 - tap : tap)]);
      for (int i = 0; i < kPoints; ++i) {
        double half[R][kLanes] = {};
        for (int x = 0; x < R; ++x)
          for (int y = 0; y < R; ++y)
            for (int lane = 0; lane < kLanes; ++lane) half[x][lane] += kMatrices.g[i][y] * w[y][x][lane];
        for (int j = 0; j < kPoints; ++j) {
          double sum[kLanes] = {};
          for (int x = 0; x < R; ++x)
            for (int lane = 0; lane < kLanes; ++lane) sum[lane] += kMatrices.g[j][x] * half[x][lane];
          float* to = points + (i * kPoints + j) * a.point_stride;
          for (int lane = 0; lane < kLanes; ++lane) to[lane] = static_cast<float>(sum[lane]);
        }
      }
    }

    static void add_taps(const WinogradFilter& a, const float* points, float* kernels) {
      const std::int64_t top = (R - a.rows) / 2, left = (R - a.columns) / 2;
      double w[R][R][kLanes] = {};
      for (int i = 0; i < kPoints; ++i) {
        double half[R][kLanes] = {};
        for (int j = 0; j < kPoints; ++j) {
          const float* from = points + (i * kPoints + j) * a.point_stride;
          for (int x = 0; x < R; ++x)
            for (int lane = 0; lane < kLanes; ++lane)
              half[x][lane] += kMatrices.g[j][x] * static_cast<double>(from[lane]);
        }
        for (int y = 0; y < R; ++y)
          for (int x = 0; x < R; ++x)
            for (int lane = 0; lane < kLanes; ++lane) w[y][x][lane] += kMatrices.g[i][y] * half[x][lane];
      }
      for (std::int64_t lane = 0; lane < a.lanes; ++lane)
        for (std::int64_t y = 0; y < a.rows; ++y)
          for (std::int64_t x = 0; x < a.columns; ++x)
            kernels[lane * a.lane_stride + y * a.columns + x] +=
                static_cast<float>(w[top + y][left + x][lane]);
    }

    static constexpr WinogradKernels kernels() {
      return {M, R, input, gates, plain_output, gate_gradients, weights, add_taps};
    }
  };

  static constexpr WinogradTable table() {
    return {Products::kTiles,
            Products::product,
            Products::gradient,
            {Variant<2, 3>::kernels(), Variant<4, 3>::kernels(), Variant<2, 5>::kernels(),
             Variant<4, 5>::kernels()}};
  }
};

}  // namespace convlstm::cpu
