// The transforms of winograd_fused, written once over a vector type (see kernels_impl.h).
#pragma once

#include <type_traits>

#include "backend/cpu/winograd.h"
#include "backend/cpu/winograd_cells_impl.h"
#include "backend/cpu/winograd_matrices.h"
#include "backend/cpu/winograd_product_impl.h"
#include "backend/cpu/winograd_transpose_impl.h"

namespace convlstm::cpu {

template <typename S>
struct WinogradSet : WinogradProducts<S> {
  using V = typename S::V;
  using Products = WinogradProducts<S>;
  using Products::kGates, Products::kLanes, Products::load, Products::store, Products::store_far;

  // As many doubles as V has floats.
  typedef double D __attribute__((vector_size(2 * sizeof(V))));

  static void add_product(V& total, double factor, const V& v) {
    total = S::fma(v, S::broadcast(static_cast<float>(factor)), total);
  }
  static void add_product(D& total, double factor, const D& v) { total = total + v * factor; }

  // A vector times a constant and added, with nothing left of zeros and ones.
  template <typename Number>
  static inline __attribute__((always_inline)) void add_scaled(Number& total, bool& is_first, double factor,
                                                               const Number& v) {
    using Element = std::remove_cvref_t<decltype(v[0])>;
    if (factor == 0) return;
    if (is_first)
      total = factor == 1 ? v : v * static_cast<Element>(factor);
    else if (factor == 1)
      total = total + v;
    else if (factor == -1)
      total = total - v;
    else
      add_product(total, factor, v);
    is_first = false;
  }

  template <int M, int R>
  struct Variant {
    static constexpr int kPoints = M + R - 1;
    static constexpr WinogradMatrices<M, R> kMatrices = winograd_matrices<M, R>();

    // out[row] = matrix[row] . in
    template <int Rows, int Columns, typename Number>
    static inline __attribute__((always_inline)) void transform(const double (&matrix)[Rows][Columns],
                                                                const Number (&in)[Columns],
                                                                Number (&out)[Rows]) {
#pragma GCC unroll 8
      for (int row = 0; row < Rows; ++row) {
        Number total{};
        bool is_first = true;
#pragma GCC unroll 8
        for (int k = 0; k < Columns; ++k) add_scaled(total, is_first, matrix[row][k], in[k]);
        out[row] = total;
      }
    }

    static void input(const WinogradInput& a) {
      const std::int64_t point_stride = a.point_stride;  // which no store can change
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
          float* to = a.transformed + row * kPoints * point_stride + v * kLanes;
#pragma GCC unroll 8
          for (int column = 0; column < kPoints; ++column) store(to + column * point_stride, out[column]);
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
      V pre[kGates][M][M];
      for (int g = 0; g < kGates; ++g)
        output(a.sums + g * kLanes, a.point_stride, load(a.bias + g * kLanes), pre[g]);
      WinogradCells<S, M>::forward(a, pre);
    }

    static void plain_output(const WinogradOutput& a) {
      V pixels[M][M];
      output(a.sums, a.point_stride, V{}, pixels);
      for (int row = 0; row < M; ++row)
        for (int column = 0; column < M; ++column)
          store(a.pixels + (row * M + column) * a.pixel_stride, pixels[row][column]);
    }

    static void spread(const WinogradSpread& a) {
      V half[kPoints][kPoints];  // by column
      for (int column = 0; column < kPoints; ++column) {
        V in[kPoints];
#pragma GCC unroll 8
        for (int row = 0; row < kPoints; ++row)
          in[row] = load(a.sums + (row * kPoints + column) * a.point_stride);
        transform(kMatrices.b, in, half[column]);
      }
      for (int row = 0; row < kPoints; ++row) {
        V in[kPoints], out[kPoints];
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column) in[column] = half[column][row];
        transform(kMatrices.b, in, out);
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column)
          store_far(a.seen + (row * kPoints + column) * kLanes, out[column], a.is_far);
      }
    }

    static void overlap(const WinogradOverlap& a) {
      constexpr int kMargin = (R - 1) / 2;
      for (int below = a.has_above ? -1 : 0; below <= (a.has_below ? 1 : 0); ++below)
        for (int right = a.has_left ? -1 : 0; right <= (a.has_right ? 1 : 0); ++right) {
          const float* seen = a.seen + below * a.next_row + right * a.next;
          // Where the tile's own pixels lie among those that the other one sees.
          const int top = kMargin - below * M, left = kMargin - right * M;
          for (int row = top < 0 ? -top : 0; row < M && row + top < kPoints; ++row)
            for (int column = left < 0 ? -left : 0; column < M && column + left < kPoints; ++column) {
              float* pixel = a.pixels + (row * M + column) * kLanes;
              store(pixel, load(pixel) + load(seen + ((row + top) * kPoints + column + left) * kLanes));
            }
        }
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
      V pre[kGates][M][M] = {};
      WinogradCells<S, M>::backward(a, pre);
      for (int g = 0; g < kGates; ++g) transform_gradient(pre[g], a.transformed + g * kLanes, a.point_stride);
    }

    static void weights(const WinogradFilter& a, const float* kernels, float* points) {
      const std::int64_t top = (R - a.rows) / 2, left = (R - a.columns) / 2;
      alignas(64) float w[R][R][kLanes] = {};
      for (std::int64_t lane = 0; lane < a.lanes; ++lane)
        for (std::int64_t y = 0; y < a.rows; ++y)
          for (std::int64_t x = 0; x < a.columns; ++x)
            w[top + y][left + x][lane] = kernels[lane * a.lane_stride + y * a.columns + x];
      D half[R][kPoints];  // by column
      for (int x = 0; x < R; ++x) {
        D in[R];
#pragma GCC unroll 8
        for (int y = 0; y < R; ++y) in[y] = __builtin_convertvector(load(w[y][x]), D);
        transform(kMatrices.g, in, half[x]);
      }
      for (int row = 0; row < kPoints; ++row) {
        D in[R], out[kPoints];
#pragma GCC unroll 8
        for (int x = 0; x < R; ++x) in[x] = half[x][row];
        transform(kMatrices.g, in, out);
        float* to = points + row * kPoints * a.point_stride;
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column)
          store(to + column * a.point_stride, __builtin_convertvector(out[column], V));
      }
    }

    static void add_taps(const WinogradFilter& a, const float* points, float* kernels) {
      const std::int64_t top = (R - a.rows) / 2, left = (R - a.columns) / 2;
      D half[kPoints][R];  // by column
      for (int column = 0; column < kPoints; ++column) {
        D in[kPoints];
#pragma GCC unroll 8
        for (int row = 0; row < kPoints; ++row)
          in[row] = __builtin_convertvector(load(points + (row * kPoints + column) * a.point_stride), D);
        transform(kMatrices.gt, in, half[column]);
      }
      alignas(64) float w[R][R][kLanes];
      for (int y = 0; y < R; ++y) {
        D in[kPoints], out[R];
#pragma GCC unroll 8
        for (int column = 0; column < kPoints; ++column) in[column] = half[column][y];
        transform(kMatrices.gt, in, out);
#pragma GCC unroll 8
        for (int x = 0; x < R; ++x) store(w[y][x], __builtin_convertvector(out[x], V));
      }
      for (std::int64_t lane = 0; lane < a.lanes; ++lane)
        for (std::int64_t y = 0; y < a.rows; ++y)
          for (std::int64_t x = 0; x < a.columns; ++x)
            kernels[lane * a.lane_stride + y * a.columns + x] += w[top + y][left + x][lane];
    }

    static constexpr WinogradKernels kernels() {
      return {M, R, input, gates, plain_output, spread, overlap, gate_gradients, weights, add_taps};
    }
  };

  static constexpr WinogradTable table() {
    return {Products::kTiles,
            Products::product,
            Products::gradient,
            WinogradTranspose<S>::square,
            {Variant<2, 3>::kernels(), Variant<4, 3>::kernels(), Variant<2, 5>::kernels(),
             Variant<4, 5>::kernels()}};
  }
};

}  // namespace convlstm::cpu
