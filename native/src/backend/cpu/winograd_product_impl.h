// The products of winograd_fused, written once over a vector type (see kernels_impl.h).
#pragma once

#include "backend/cpu/vector_memory.h"
#include "backend/cpu/winograd.h"

namespace convlstm::cpu {

template <typename S>
struct WinogradProducts : VectorMemory<S> {
  using V = typename S::V;
  static constexpr int kLanes = S::kLanes;
  static constexpr int kGates = 4;
  static constexpr int kTiles = S::kWinogradTiles;
  using VectorMemory<S>::load, VectorMemory<S>::store;

  // All accumulators stay in registers: T tiles times the slots.
  template <int T, int Slots>
  static void product_of(const WinogradProduct& a, std::int64_t tile) {
    V total[T][Slots] = {};
    const float* weights = a.weights;
    for (const WinogradProduct::Channels& channels : a.channels) {
      const float* input = a.input + tile * a.tile_stride + channels.first;
      for (std::int64_t k = 0; k < channels.count; ++k, weights += Slots * kLanes) {
        V x[T];
#pragma GCC unroll 16
        for (int t = 0; t < T; ++t) x[t] = S::broadcast(input[t * a.tile_stride + k]);
#pragma GCC unroll 4
        for (int g = 0; g < Slots; ++g) {
          const V w = load(weights + g * kLanes);
#pragma GCC unroll 16
          for (int t = 0; t < T; ++t) total[t][g] = S::fma(x[t], w, total[t][g]);
        }
      }
    }
    float* sums = a.sums + tile * Slots * kLanes;
#pragma GCC unroll 16
    for (int t = 0; t < T; ++t)
#pragma GCC unroll 4
      for (int g = 0; g < Slots; ++g) store(sums + (t * Slots + g) * kLanes, total[t][g]);
  }

  template <int T, int Slots>
  static void product_by(const WinogradProduct& a) {
    std::int64_t tile = 0;
    for (; tile + T <= a.tiles; tile += T) product_of<T, Slots>(a, tile);
    if constexpr (T > 4)
      for (; tile + 4 <= a.tiles; tile += 4) product_of<4, Slots>(a, tile);
    if constexpr (T > 3)
      for (; tile + 3 <= a.tiles; tile += 3) product_of<3, Slots>(a, tile);
    for (; tile < a.tiles; ++tile) product_of<1, Slots>(a, tile);
  }

  static void product(const WinogradProduct& a) {
    if (a.slots == 4) return product_by<kTiles, 4>(a);
    if (a.slots == 2) return product_by<2 * kTiles, 2>(a);
    product_by<2 * kTiles, 1>(a);
  }

  template <int Channels>
  static void gradient_of(const WinogradGradient& a, const float* input, float* sums) {
    V total[Channels][kGates] = {};
    const float* rows = a.rows;
    for (std::int64_t tile = 0; tile < a.tiles; ++tile, input += a.tile_stride, rows += a.row_stride) {
      V x[Channels];
#pragma GCC unroll 8
      for (int k = 0; k < Channels; ++k) x[k] = S::broadcast(input[k]);
#pragma GCC unroll 4
      for (int g = 0; g < kGates; ++g) {
        const V row = load(rows + g * kLanes);
#pragma GCC unroll 8
        for (int k = 0; k < Channels; ++k) total[k][g] = S::fma(x[k], row, total[k][g]);
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < Channels; ++k)
#pragma GCC unroll 4
      for (int g = 0; g < kGates; ++g) {
        float* to = sums + (k * kGates + g) * kLanes;
        store(to, load(to) + total[k][g]);
      }
  }

  static void gradient(const WinogradGradient& a) {
    float* sums = a.sums;
    for (const WinogradProduct::Channels& channels : a.channels) {
      const float* input = a.input + channels.first;
      std::int64_t k = 0;
      for (; k + kTiles <= channels.count; k += kTiles, sums += kTiles * kGates * kLanes)
        gradient_of<kTiles>(a, input + k, sums);
      for (; k < channels.count; ++k, sums += kGates * kLanes) gradient_of<1>(a, input + k, sums);
    }
  }
};

}  // namespace convlstm::cpu
