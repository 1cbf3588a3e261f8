// The matrices of tensor cores on the emulated device against plain loops.
#include "backend/cuda/tensor_ops.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "backend/cuda/element.h"
#include "core/random.h"

namespace convlstm::cuda::test {
namespace {

using emulated::run_block;

// Byte k of row r is 16 r + k, modulo 256, with rows in any order in memory.
TEST(TensorOps, LoadMatrices_GivesFourBytesOfARowOfEachMatrix) {
  std::vector<std::array<std::uint32_t, 4>> loaded(32);
  run_block(32, 32 * 16, [&](int lane, std::byte* shared) {
    const int place = (7 * lane + 3) % 32;
    for (int k = 0; k < 16; ++k) shared[16 * place + k] = static_cast<std::byte>(16 * lane + k);
    sync_threads();
    std::uint32_t to[4];
    load_matrices(to, shared + 16 * place);
    std::copy_n(to, 4, loaded[static_cast<std::size_t>(lane)].begin());
  });
  for (int lane = 0; lane < 32; ++lane)
    for (int matrix = 0; matrix < 4; ++matrix) {
      std::uint8_t bytes[4];
      std::memcpy(bytes, &loaded[static_cast<std::size_t>(lane)][static_cast<std::size_t>(matrix)], 4);
      for (int k = 0; k < 4; ++k)
        EXPECT_EQ(bytes[k], static_cast<std::uint8_t>(16 * (8 * matrix + lane / 4) + 4 * (lane % 4) + k));
    }
}

// Number k of row r is 64 r + k: matrix m has rows 8 m to 8 m + 7, and gives columns where the other gives
// rows.
TEST(TensorOps, LoadTurnedMatrices_GivesTwoNumbersOfAColumnOfEachMatrix) {
  std::vector<std::array<std::uint32_t, 4>> loaded(32);
  run_block(32, 32 * 16, [&](int lane, std::byte* shared) {
    for (int k = 0; k < 8; ++k) {
      const auto number = static_cast<std::uint16_t>(64 * lane + k);
      std::memcpy(shared + 16 * lane + 2 * k, &number, 2);
    }
    sync_threads();
    std::uint32_t to[4];
    load_turned_matrices(to, shared + 16 * lane);
    std::copy_n(to, 4, loaded[static_cast<std::size_t>(lane)].begin());
  });
  for (int lane = 0; lane < 32; ++lane)
    for (int matrix = 0; matrix < 4; ++matrix) {
      const std::uint32_t bits = loaded[static_cast<std::size_t>(lane)][static_cast<std::size_t>(matrix)];
      for (int half = 0; half < 2; ++half)
        EXPECT_EQ(bits >> 16 * half & 0xffffu,
                  static_cast<std::uint32_t>(64 * (8 * matrix + 2 * (lane % 4) + half) + lane / 4));
    }
}

TEST(TensorOps, LoadMatrices_CountsRowsInTheSameBanks) {
  const auto conflicts = [](const auto& offset_of) {
    const emulated::LoadCounts before = emulated::load_counts();
    run_block(32, 4096, [&](int lane, std::byte* shared) {
      std::uint32_t to[4];
      load_matrices(to, shared + offset_of(lane));
    });
    const emulated::LoadCounts after = emulated::load_counts();
    EXPECT_EQ(after.groups - before.groups, 4);
    return after.conflicts - before.conflicts;
  };
  EXPECT_EQ(conflicts([](int lane) { return 16 * lane; }), 0);
  EXPECT_EQ(conflicts([](int lane) { return 64 * lane; }), 4 * 3);
  EXPECT_EQ(conflicts([](int lane) { return 128 * lane; }), 4 * 7);
}

struct Product {
  int depth;
  int element_bytes;
  void (*multiply_add)(float (&)[4], const std::uint32_t (&)[4], const std::uint32_t (&)[2]);
  float (*rounded)(float);
  void (*store)(std::byte*, float);
};

float cut_to_tf32(float value) {
  return float_of(bits_of(value) & 0xffffe000u);
}
template <typename Bits, Bits (*kRound)(float)>
void store_bits(std::byte* to, float value) {
  const Bits bits = kRound(value);
  std::memcpy(to, &bits, sizeof bits);
}

const Product kProducts[] = {
    {16, 2, multiply_add_bfloat16, [](float v) { return bfloat16_to_float(float_to_bfloat16(v)); },
     store_bits<std::uint16_t, float_to_bfloat16>},
    {16, 2, multiply_add_float16, [](float v) { return float16_to_float(float_to_float16(v)); },
     store_bits<std::uint16_t, float_to_float16>},
    {8, 4, multiply_add_tf32, cut_to_tf32, store_bits<std::uint32_t, bits_of>},
};

// a lies row by row, b column by column, 32 bytes each; the fragments come by load_matrices.
TEST(TensorOps, Products_MatchPlainLoops) {
  Random random(41);
  for (const Product& product : kProducts) {
    std::vector<float> a(16 * product.depth), b(8 * product.depth), start(16 * 8), sums = start;
    for (auto* values : {&a, &b, &start})
      for (float& value : *values) value = random.uniform(-2, 2);
    run_block(32, 24 * 32, [&](int lane, std::byte* shared) {
      for (int i = lane; i < 24 * product.depth; i += 32) {
        const bool is_a = i < 16 * product.depth;
        product.store(
            shared + i * product.element_bytes,
            is_a ? a[static_cast<std::size_t>(i)] : b[static_cast<std::size_t>(i - 16 * product.depth)]);
      }
      sync_threads();
      std::uint32_t of_a[4], of_b[4];
      load_matrices(of_a, shared + lane % 16 * 32 + lane / 16 * 16);
      load_matrices(of_b, shared + 16 * 32 + lane % 8 * 32 + lane / 8 % 2 * 16);
      float own[4];
      const auto place = [&](int k) {
        return static_cast<std::size_t>((lane / 4 + k / 2 * 8) * 8 + lane % 4 * 2 + k % 2);
      };
      for (int k = 0; k < 4; ++k) own[k] = start[place(k)];
      product.multiply_add(own, of_a, {of_b[0], of_b[1]});
      for (int k = 0; k < 4; ++k) sums[place(k)] = own[k];
    });
    for (int row = 0; row < 16; ++row)
      for (int column = 0; column < 8; ++column) {
        double expected = static_cast<double>(start[static_cast<std::size_t>(row * 8 + column)]);
        for (int k = 0; k < product.depth; ++k)
          expected +=
              static_cast<double>(product.rounded(a[static_cast<std::size_t>(row * product.depth + k)])) *
              static_cast<double>(product.rounded(b[static_cast<std::size_t>(column * product.depth + k)]));
        EXPECT_NEAR(static_cast<double>(sums[static_cast<std::size_t>(row * 8 + column)]), expected, 1e-5)
            << product.depth << ' ' << row << ' ' << column;
      }
  }
}

TEST(TensorOps, ToTf32_RoundsToTheNearest) {
  Random random(42);
  for (int k = 0; k < 1000; ++k) {
    const float value = std::ldexp(random.uniform(-2, 2), static_cast<int>(random.below(60)) - 30);
    const float rounded = float_of(to_tf32(bits_of(value)));
    EXPECT_EQ(rounded, cut_to_tf32(rounded));
    EXPECT_LE(std::abs(rounded - value), std::abs(value) * 0x1p-11f);
  }
  EXPECT_EQ(float_of(to_tf32(bits_of(1 + 0x1p-11f))), 1 + 0x1p-10f);
  EXPECT_EQ(float_of(to_tf32(bits_of(-1 - 0x1p-11f))), -1 - 0x1p-10f);
  EXPECT_TRUE(std::isinf(float_of(to_tf32(bits_of(INFINITY)))));
  EXPECT_TRUE(std::isnan(float_of(to_tf32(bits_of(std::nanf(""))))));
}

}  // namespace
}  // namespace convlstm::cuda::test
