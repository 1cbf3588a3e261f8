// Products of a warp of a fused kernel: 16 * kRowTiles pixels by the 32 columns of one group, over one stage
// of the depth that lies in shared memory.
#pragma once

#include "backend/cuda/element.h"
#include "backend/cuda/fused_arguments.h"
#include "backend/cuda/tensor_ops.h"

namespace convlstm::cuda {

// Sums of a lane: [16 pixels][gate] as multiply_add gives them. Channels 2 * (lane % 4) and the next of the
// group, pixels lane / 4 (0, 1) and 8 further (2, 3).
template <int kRowTiles>
using WarpSums = float[kRowTiles][4][4];

// Where vector `vector` of a row of a stage lies: the same vector of 8 rows is in 8 different banks.
CLN_DEVICE inline int stage_place(int row, int vector) {
  return (row * kStageVectors + (vector ^ (row >> 1 & 3))) * kVectorBytes;
}

// What a product takes of fragments; some keep more than the fragment itself.
template <int kCount>
struct Fragment {
  std::uint32_t bits[kCount];
};

struct Bfloat16Product {
  static constexpr int kElementBytes = 2;
  static constexpr int kBlocks = 2;  // that should be on a multiprocessor at once: as registers allow
  template <int kCount>
  CLN_DEVICE static Fragment<kCount> prepare(const Fragment<kCount>& fragment) {
    return fragment;
  }
  CLN_DEVICE static void add(float (&sums)[4], const Fragment<4>& a, const Fragment<2>& b) {
    multiply_add_bfloat16(sums, a.bits, b.bits);
  }
};

struct Float16Product : Bfloat16Product {
  CLN_DEVICE static void add(float (&sums)[4], const Fragment<4>& a, const Fragment<2>& b) {
    multiply_add_float16(sums, a.bits, b.bits);
  }
};

struct Tf32Product {
  static constexpr int kElementBytes = 4;
  static constexpr int kBlocks = 2;
  template <int kCount>
  CLN_DEVICE static Fragment<kCount> prepare(const Fragment<kCount>& fragment) {
    Fragment<kCount> rounded;
    for (int k = 0; k < kCount; ++k) rounded.bits[k] = to_tf32(fragment.bits[k]);
    return rounded;
  }
  CLN_DEVICE static void add(float (&sums)[4], const Fragment<4>& a, const Fragment<2>& b) {
    multiply_add_tf32(sums, a.bits, b.bits);
  }
};

// a = high + low, each in tf32, to 21 bits of fraction: a b is all but low * low, the small parts first.
struct ThreeTf32Product {
  static constexpr int kElementBytes = 4;
  static constexpr int kBlocks = 1;
  template <int kCount>
  struct Halves {
    Fragment<kCount> high, low;
  };
  template <int kCount>
  CLN_DEVICE static Halves<kCount> prepare(const Fragment<kCount>& fragment) {
    Halves<kCount> halves;
    for (int k = 0; k < kCount; ++k) {
      const std::uint32_t high = to_tf32(fragment.bits[k]);
      halves.high.bits[k] = high;
      halves.low.bits[k] = to_tf32(bits_of(float_of(fragment.bits[k]) - float_of(high)));
    }
    return halves;
  }
  CLN_DEVICE static void add(float (&sums)[4], const Halves<4>& a, const Halves<2>& b) {
    multiply_add_tf32(sums, a.low.bits, b.high.bits);
    multiply_add_tf32(sums, a.high.bits, b.low.bits);
    multiply_add_tf32(sums, a.high.bits, b.high.bits);
  }
};

// On tensor cores. `row` and `column` are the first of the warp in its stage.
template <typename Product>
struct MatrixProducts {
  static constexpr int kElementBytes = Product::kElementBytes, kBlocks = Product::kBlocks;

  template <int kRowTiles>
  CLN_DEVICE static void add(WarpSums<kRowTiles>& sums, const std::byte* a, int row, const std::byte* b,
                             int column, int lane) {
    const auto rows = [&](int tile, int vector) {
      return a + stage_place(row + 16 * tile + lane % 16, vector);
    };
    add_rows<kRowTiles>(sums, rows, b, column, lane);
  }

  // rows(tile, vector): where the vector of pixel lane % 16 of a tile is.
  template <int kRowTiles, typename Rows>
  CLN_DEVICE static void add_rows(WarpSums<kRowTiles>& sums, const Rows& rows, const std::byte* b, int column,
                                  int lane) {
    CLN_UNROLL for (int vector = 0; vector < kStageVectors; vector += 2) {
      Fragment<2> of_b[4];
      CLN_UNROLL for (int gate = 0; gate < 4; gate += 2) {
        std::uint32_t loaded[4];
        load_matrices(loaded,
                      b + stage_place(column + 8 * gate + lane / 16 * 8 + lane % 8, vector + lane / 8 % 2));
        of_b[gate] = {{loaded[0], loaded[1]}};
        of_b[gate + 1] = {{loaded[2], loaded[3]}};
      }
      decltype(Product::prepare(of_b[0])) prepared[4];
      CLN_UNROLL for (int gate = 0; gate < 4; ++gate) prepared[gate] = Product::prepare(of_b[gate]);
      CLN_UNROLL for (int tile = 0; tile < kRowTiles; ++tile) {
        Fragment<4> of_a;
        load_matrices(of_a.bits, rows(tile, vector + lane / 16));
        const auto left = Product::prepare(of_a);
        CLN_UNROLL for (int gate = 0; gate < 4; ++gate) Product::add(sums[tile][gate], left, prepared[gate]);
      }
    }
  }
};

// On the ordinary units, float32: one multiply-add after the other along the depth.
struct PlainProducts {
  static constexpr int kElementBytes = 4, kBlocks = 1;

  struct alignas(kVectorBytes) Four {
    float value[4];
  };
  CLN_DEVICE static Four load(const std::byte* stage, int row, int vector) {
    return *reinterpret_cast<const Four*>(stage + stage_place(row, vector));
  }

  template <int kRowTiles>
  CLN_DEVICE static void add(WarpSums<kRowTiles>& sums, const std::byte* a, int row, const std::byte* b,
                             int column, int lane) {
    for (int vector = 0; vector < kStageVectors; ++vector) {
      Four of_b[4][2];
      CLN_UNROLL for (int k = 0; k < 8; ++k) of_b[k / 2][k % 2] =
          load(b, column + k / 2 * 8 + lane % 4 * 2 + k % 2, vector);
      CLN_UNROLL for (int tile = 0; tile < kRowTiles; ++tile)
          CLN_UNROLL for (int half = 0; half < 2; ++half) {
        const Four of_a = load(a, row + 16 * tile + 8 * half + lane / 4, vector);
        CLN_UNROLL for (int k = 0; k < 8; ++k) CLN_UNROLL for (int i = 0; i < 4; ++i)
            sums[tile][k / 2][2 * half + k % 2] += of_a.value[i] * of_b[k / 2][k % 2].value[i];
      }
    }
  }
};

}  // namespace convlstm::cuda
