// Products of warpgroups on the emulated device against plain loops, and what is found out about kernels that
// are wrong.
#include "backend/cuda/hopper_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "backend/cuda/element.h"
#include "backend/cuda/emulated_tensor_map.h"
#include "core/error.h"
#include "core/random.h"

namespace convlstm::cuda::test {
namespace {

using emulated::run_block;

constexpr int kThreads = 128, kRows = 64;

template <TileOperand kOperand>
constexpr int kBytes = kOperand == TileOperand::kTf32 ? 4 : 2;

template <TileOperand kOperand>
float rounded(float value) {
  if (kOperand == TileOperand::kBfloat16) return bfloat16_to_float(float_to_bfloat16(value));
  if (kOperand == TileOperand::kFloat16) return float16_to_float(float_to_float16(value));
  return float_of(bits_of(value) & 0xffffe000u);
}

// Number `i` of a row of a matrix at `start`, as a tensor map's copy would leave it.
template <TileOperand kOperand>
void store(std::byte* shared, std::size_t start, int row, int i, Swizzle swizzle, float value) {
  std::byte* const to =
      shared +
      emulated::swizzled(
          start + static_cast<std::size_t>(row * static_cast<int>(swizzle) + i * kBytes<kOperand>), swizzle);
  const std::uint32_t bits = kOperand == TileOperand::kBfloat16  ? float_to_bfloat16(value)
                             : kOperand == TileOperand::kFloat16 ? float_to_float16(value)
                                                                 : bits_of(value);
  std::memcpy(to, &bits, kBytes<kOperand>);
}

// A thread's sums of a tile, into [row][column].
template <int kSums>
void keep_sums(int thread, const float (&own)[kSums], std::vector<float>& sums) {
  for (int i = 0; i < kSums; ++i) {
    const int row = 16 * (thread / 32) + thread % 32 / 4 + 8 * (i / 2 % 2),
              column = 8 * (i / 4) + 2 * (thread % 4) + i % 2;
    sums[static_cast<std::size_t>(row * 2 * kSums + column)] = own[i];
  }
}

// 2 A B^T, of rows of `depth` numbers.
template <TileOperand kOperand>
void expect_twice_the_products(const std::vector<float>& sums, const std::vector<float>& a,
                               const std::vector<float>& b, int depth) {
  const int columns = static_cast<int>(b.size()) / depth;
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < columns; ++column) {
      double expected = 0;
      for (int k = 0; k < depth; ++k)
        expected += 2 * static_cast<double>(rounded<kOperand>(a[static_cast<std::size_t>(row * depth + k)])) *
                    static_cast<double>(rounded<kOperand>(b[static_cast<std::size_t>(column * depth + k)]));
      ASSERT_NEAR(static_cast<double>(sums[static_cast<std::size_t>(row * columns + column)]), expected, 2e-4)
          << row << ' ' << column;
    }
}

// Two groups of products along a whole row; the first starts the sums.
template <TileOperand kOperand, int kSums>
void check_products(Swizzle swizzle) {
  constexpr int kColumns = 2 * kSums;
  const int span = static_cast<int>(swizzle), depth = span / kBytes<kOperand>, steps = span / kProductBytes;
  Random random(61);
  std::vector<float> a(static_cast<std::size_t>(kRows * depth)),
      b(static_cast<std::size_t>(kColumns * depth)), sums(kRows * kColumns);
  for (auto* values : {&a, &b})
    for (float& value : *values) value = random.uniform(-2, 2);
  const std::size_t second = 8192;
  run_block(kThreads, 32768, [&](int thread, std::byte* shared) {
    if (thread == 0) {
      for (int i = 0; i < kRows * depth; ++i)
        store<kOperand>(shared, 0, i / depth, i % depth, swizzle, a[static_cast<std::size_t>(i)]);
      for (int i = 0; i < kColumns * depth; ++i)
        store<kOperand>(shared, second, i / depth, i % depth, swizzle, b[static_cast<std::size_t>(i)]);
    }
    sync_threads();
    float own[kSums] = {};
    for (int round = 0; round < 2; ++round) {
      fence_products();
      for (int k = 0; k < steps; ++k)
        multiply_add_tiles<kOperand>(own, matrix_of(shared, swizzle, k * kProductBytes),
                                     matrix_of(shared + second, swizzle, k * kProductBytes), round + k > 0);
      commit_products();
    }
    EXPECT_TRUE(std::isnan(own[0]) && std::isnan(own[kSums - 1])) << "not waited for";
    wait_products<0>();
    keep_sums(thread, own, sums);
  });
  expect_twice_the_products<kOperand>(sums, a, b, depth);
}

TEST(HopperProducts, Tiles_MatchPlainLoops) {
  for (const Swizzle swizzle : {Swizzle::k32, Swizzle::k64, Swizzle::k128}) {
    check_products<TileOperand::kBfloat16, 32>(swizzle);
    check_products<TileOperand::kBfloat16, 64>(swizzle);
    check_products<TileOperand::kFloat16, 32>(swizzle);
    check_products<TileOperand::kFloat16, 64>(swizzle);
    check_products<TileOperand::kTf32, 32>(swizzle);
    check_products<TileOperand::kTf32, 64>(swizzle);
  }
}

// Rows of 32 bytes in shared memory, of which load_matrices gives each thread its part of `a`.
TEST(HopperProducts, RegistersTimesTiles_MatchPlainLoops) {
  constexpr int kSums = 32, kColumns = 64, kDepth = 8, kRowBytes = 32, kSecond = 8192;
  Random random(62);
  std::vector<float> a(kRows * kDepth), b(kColumns * kDepth), sums(kRows * kColumns);
  for (auto* values : {&a, &b})
    for (float& value : *values) value = random.uniform(-2, 2);
  run_block(kThreads, 16384, [&](int thread, std::byte* shared) {
    if (thread == 0) {
      std::memcpy(shared, a.data(), a.size() * sizeof(float));
      for (int i = 0; i < kColumns * kDepth; ++i)
        store<TileOperand::kTf32>(shared, kSecond, i / kDepth, i % kDepth, Swizzle::k32,
                                  b[static_cast<std::size_t>(i)]);
    }
    sync_threads();
    float own[kSums] = {};
    std::uint32_t of_a[2][4];
    for (int round = 0; round < 2; ++round) {
      load_matrices(of_a[round],
                    shared + (thread / 32 * 16 + thread % 16) * kRowBytes + thread % 32 / 16 * 16);
      fence_products();
      multiply_add_tiles_tf32(own, of_a[round], matrix_of(shared + kSecond, Swizzle::k32, 0), round > 0);
      commit_products();
      wait_products<1>();
    }
    wait_products<0>();
    keep_sums(thread, own, sums);
  });
  expect_twice_the_products<TileOperand::kTf32>(sums, a, b, kDepth);
}

std::string error_of(const std::function<void(int, std::byte*)>& body) {
  try {
    run_block(kThreads, 32768, body);
  } catch (const Error& error) {
    return error.what();
  }
  return "ran";
}

TEST(HopperProducts, WrongUseOfRegisters_IsFoundOut) {
  const auto twice = [](bool waits_between) {
    return [=](int thread, std::byte* shared) {
      float own[32] = {};
      std::uint32_t a[4] = {};
      for (int round = 0; round < 2; ++round) {
        a[3] = static_cast<std::uint32_t>(round + thread) << 23;
        fence_products();
        multiply_add_tiles_tf32(own, a, matrix_of(shared, Swizzle::k128, 0), round > 0);
        commit_products();
        if (waits_between) wait_products<0>();
      }
      wait_products<0>();
    };
  };
  const char* const changed = "kernel: registers changed while products read them";
  EXPECT_EQ(error_of(twice(true)), "ran");
  EXPECT_EQ(error_of(twice(false)), changed);
  EXPECT_EQ(error_of([](int, std::byte* shared) {
              float own[32] = {};
              std::uint32_t a[4] = {};
              fence_products();
              multiply_add_tiles_tf32(own, a, matrix_of(shared, Swizzle::k128, 0), false);
              commit_products();
              a[1] = 1;
              wait_products<0>();
            }),
            changed);
  // Between the fence and the product, of registers that a product of before reads.
  EXPECT_EQ(error_of([](int thread, std::byte* shared) {
              float own[32] = {};
              std::uint32_t a[2][4] = {};
              for (int round = 0; round < 3; ++round) {
                fence_products();
                a[round % 2][0] = static_cast<std::uint32_t>(round + thread) << 23;
                multiply_add_tiles_tf32(own, a[round % 2], matrix_of(shared, Swizzle::k128, 0), round > 0);
                commit_products();
                wait_products<1>();
              }
              wait_products<0>();
            }),
            "kernel: expected a fence between registers that are written and products");
}

TEST(HopperProducts, WrongKernels_AreFoundOut) {
  // With `a` at a byte of shared memory, and what is done before the wait.
  const auto products = [](bool is_fenced, int place, const std::function<void(int, std::byte*)>& meanwhile,
                           bool waits = true) {
    return [=](int thread, std::byte* shared) {
      float own[32] = {};
      if (is_fenced) fence_products();
      multiply_add_tiles<TileOperand::kBfloat16>(own, matrix_of(shared + place, Swizzle::k128, 0),
                                                 matrix_of(shared + 16384, Swizzle::k128, 0), false);
      commit_products();
      meanwhile(thread, shared);
      if (waits) wait_products<0>();
    };
  };
  const auto nothing = [](int, std::byte*) {};
  EXPECT_EQ(error_of(products(true, 0, nothing)), "ran");
  EXPECT_EQ(error_of(products(false, 0, nothing)), "kernel: expected a fence before the products of a group");
  EXPECT_EQ(error_of(products(true, 512, nothing)),
            "kernel: expected a matrix that begins at a multiple of 1024 bytes, got byte 512");
  EXPECT_EQ(error_of(products(true, 0, nothing, false)),
            "kernel: nobody waits for products of a block that ends");
  EXPECT_EQ(error_of(products(true, 0, [](int, std::byte* shared) { shared[130] = std::byte{1}; })),
            "kernel: shared memory changed while products read it, at byte 0");
  EXPECT_EQ(error_of([](int thread, std::byte* shared) {
              float own[32] = {};
              fence_products();
              multiply_add_tiles<TileOperand::kBfloat16>(own, matrix_of(shared, Swizzle::k128, 0),
                                                         matrix_of(shared, Swizzle::k128, 0), thread > 5);
            }),
            "kernel: threads of a warpgroup do different things together");
}

}  // namespace
}  // namespace convlstm::cuda::test
