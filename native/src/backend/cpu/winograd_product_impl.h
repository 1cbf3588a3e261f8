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
  static constexpr std::int64_t kLine = 16;  // floats of a line of the caches
  using VectorMemory<S>::load, VectorMemory<S>::store;

  // All accumulators stay in registers: T tiles times the slots. Beside each of its first terms the product
  // asks for a line of the next one's weights, which are far away: every run of tiles for its share of them.
  template <int T, int Slots>
  static void product_of(const WinogradProduct& a, std::int64_t tile) {
    V total[T][Slots] = {};
    const float* weights = a.weights;
    const std::int64_t run = tile / T, terms = a.channels[0].count + a.channels[1].count;
    const float* asked = run * kLine < Slots * kLanes ? a.next_weights + run * terms * kLine : a.weights;
    for (const WinogradChannels& channels : a.channels) {
      const float* input = channels.first + tile * channels.tile_stride;
      for (std::int64_t k = 0; k < channels.count; ++k, weights += Slots * kLanes, input += channels.stride) {
        __builtin_prefetch(asked);
        asked += kLine;
        V x[T];
#pragma GCC unroll 16
        for (int t = 0; t < T; ++t) x[t] = S::broadcast(input[t * channels.tile_stride]);
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
    // One or two tiles alone would wait for their own sums: 7 are taken as 4 and 3, 8 as 4 and 4.
    const auto takes_all = [](std::int64_t left) { return left >= T && (T != 6 || left < 7 || left > 8); };
    std::int64_t tile = 0;
    for (; takes_all(a.tiles - tile); tile += T) product_of<T, Slots>(a, tile);
    if constexpr (T == 6)
      for (; tile + 5 == a.tiles; tile += 5) product_of<5, Slots>(a, tile);
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
  static void gradient_of(const WinogradGradient& a, const WinogradChannels& channels, std::int64_t first,
                          float* sums) {
    V total[Channels][kGates] = {};
    const float *rows = a.rows, *input = channels.first + first * channels.stride;
    for (std::int64_t tile = 0; tile < a.tiles; ++tile, input += channels.tile_stride, rows += a.row_stride) {
      V x[Channels];
#pragma GCC unroll 8
      for (int k = 0; k < Channels; ++k) x[k] = S::broadcast(input[k * channels.stride]);
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
    for (const WinogradChannels& channels : a.channels) {
      std::int64_t k = 0;
      for (; k + kTiles <= channels.count; k += kTiles, sums += kTiles * kGates * kLanes)
        gradient_of<kTiles>(a, channels, k, sums);
      for (; k < channels.count; ++k, sums += kGates * kLanes) gradient_of<1>(a, channels, k, sums);
    }
  }
};

}  // namespace convlstm::cpu
