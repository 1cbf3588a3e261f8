// Products of a warpgroup (128 threads) whose matrices lie in shared memory, the first one perhaps in
// registers (compute capability 9.0, sm_90a).
//
//   fence_products();                            // registers and memory are ready
//   multiply_add_tiles<Operand>(sums, a, b, true);  // any number; they run beside the work
//   commit_products();                           // ends a group
//   wait_products<1>();                          // all groups but the last are done: their sums may be read
#pragma once

#include "backend/cuda/tensor_map.h"
#include "backend/cuda/tensor_ops.h"

#if !defined(__CUDACC__)
#include "backend/cuda/emulated_warpgroup.h"
#endif

namespace convlstm::cuda {

enum class TileOperand { kBfloat16, kFloat16, kTf32 };

// Bytes of each row that a product takes.
inline constexpr int kProductBytes = 32;

// Of rows of `swizzle` bytes as a tensor map's copies leave them, from a multiple of 8 rows on. To go along
// the depth, add `bytes` of a row.
CLN_DEVICE inline std::uint64_t matrix_of(const void* shared, Swizzle swizzle, int bytes) {
#if defined(__CUDACC__)
  const std::uint32_t start = shared_address(shared) + static_cast<std::uint32_t>(bytes);
#else
  const auto start = static_cast<std::uint32_t>(emulated::shared_offset(shared, kProductBytes)) +
                     static_cast<std::uint32_t>(bytes);
#endif
  const auto span = static_cast<std::uint32_t>(swizzle);
  const std::uint64_t mode = span == 128 ? 1 : span == 64 ? 2 : 3;
  constexpr std::uint64_t kUnusedLeading = 1;
  return (start & 0x3ffffu) >> 4 | kUnusedLeading << 16 | static_cast<std::uint64_t>(8 * span >> 4) << 32 |
         mode << 62;
}

CLN_DEVICE inline void fence_products() {
#if defined(__CUDACC__)
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
  emulated::fence_products();
#endif
}
CLN_DEVICE inline void commit_products() {
#if defined(__CUDACC__)
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
  emulated::commit_products();
#endif
}
template <int kRunning>
CLN_DEVICE inline void wait_products() {
#if defined(__CUDACC__)
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kRunning) : "memory");
#else
  emulated::wait_products(kRunning);
#endif
}

#if defined(__CUDACC__)
#define CLN_SUMS_8(s, i)                                                                      \
  "+f"(s[i]), "+f"(s[i + 1]), "+f"(s[i + 2]), "+f"(s[i + 3]), "+f"(s[i + 4]), "+f"(s[i + 5]), \
      "+f"(s[i + 6]), "+f"(s[i + 7])
#define CLN_SUMS_32(s, i) CLN_SUMS_8(s, i), CLN_SUMS_8(s, i + 8), CLN_SUMS_8(s, i + 16), CLN_SUMS_8(s, i + 24)
#define CLN_NAMES_32                                                       \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define CLN_NAMES_64                                                                 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "           \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
// `rest`: how the depth lies in a and b, where elements of 16 bits have a choice.
#define CLN_MULTIPLY_64(shape, rest)                                                                     \
  asm volatile(                                                                                          \
      "{\n\t.reg .pred p;\n\tsetp.ne.b32 p, %34, 0;\n\t"                                                 \
      "wgmma.mma_async.sync.aligned.m64n64" shape " {" CLN_NAMES_32 "}, %32, %33, p, 1, 1" rest ";\n\t}" \
      : CLN_SUMS_32(sums, 0)                                                                             \
      : "l"(a), "l"(b), "r"(static_cast<int>(adds)))
#define CLN_MULTIPLY_128(shape, rest)                                                                     \
  asm volatile(                                                                                           \
      "{\n\t.reg .pred p;\n\tsetp.ne.b32 p, %66, 0;\n\t"                                                  \
      "wgmma.mma_async.sync.aligned.m64n128" shape " {" CLN_NAMES_64 "}, %64, %65, p, 1, 1" rest ";\n\t}" \
      : CLN_SUMS_32(sums, 0), CLN_SUMS_32(sums, 32)                                                       \
      : "l"(a), "l"(b), "r"(static_cast<int>(adds)))
#define CLN_MULTIPLY_TF32_64                                               \
  asm volatile(                                                            \
      "{\n\t.reg .pred p;\n\tsetp.ne.b32 p, %37, 0;\n\t"                   \
      "wgmma.mma_async.sync.aligned.m64n64k8.f32.tf32.tf32 {" CLN_NAMES_32 \
      "}, {%32, %33, %34, %35}, "                                          \
      "%36, p, 1, 1;\n\t}"                                                 \
      : CLN_SUMS_32(sums, 0)                                               \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(adds)))
#define CLN_MULTIPLY_TF32_128                                               \
  asm volatile(                                                             \
      "{\n\t.reg .pred p;\n\tsetp.ne.b32 p, %69, 0;\n\t"                    \
      "wgmma.mma_async.sync.aligned.m64n128k8.f32.tf32.tf32 {" CLN_NAMES_64 \
      "}, {%64, %65, %66, %67}, "                                           \
      "%68, p, 1, 1;\n\t}"                                                  \
      : CLN_SUMS_32(sums, 0), CLN_SUMS_32(sums, 32)                         \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(adds)))
#endif

// sums (+)= a b^T of 64 rows of a and 2 * kSums rows of b, 32 bytes of each. A thread's number i of the sums
// is of row 16 * (thread / 32) + thread % 32 / 4 + 8 * (i / 2 % 2), column 8 * (i / 4) + 2 * (thread % 4) + i
// % 2. Not `adds`: they start from 0.
template <TileOperand kOperand, int kSums>
CLN_DEVICE inline void multiply_add_tiles(float (&sums)[kSums], std::uint64_t a, std::uint64_t b, bool adds) {
  static_assert(kSums == 32 || kSums == 64);
#if defined(__CUDACC__)
  if constexpr (kOperand == TileOperand::kBfloat16) {
    if constexpr (kSums == 32) CLN_MULTIPLY_64("k16.f32.bf16.bf16", ", 0, 0");
    if constexpr (kSums == 64) CLN_MULTIPLY_128("k16.f32.bf16.bf16", ", 0, 0");
  } else if constexpr (kOperand == TileOperand::kFloat16) {
    if constexpr (kSums == 32) CLN_MULTIPLY_64("k16.f32.f16.f16", ", 0, 0");
    if constexpr (kSums == 64) CLN_MULTIPLY_128("k16.f32.f16.f16", ", 0, 0");
  } else {
    if constexpr (kSums == 32) CLN_MULTIPLY_64("k8.f32.tf32.tf32", "");
    if constexpr (kSums == 64) CLN_MULTIPLY_128("k8.f32.tf32.tf32", "");
  }
#else
  constexpr emulated::Operand kOperands[] = {emulated::Operand::kBfloat16, emulated::Operand::kFloat16,
                                             emulated::Operand::kTf32};
  emulated::multiply_add_tiles(kOperands[static_cast<int>(kOperand)], 2 * kSums, sums, a, b, adds);
#endif
}

// Of tf32, with a in registers: a thread has, of rows 16 * (thread / 32) + thread % 32 / 4 and 8 further,
// number thread % 4, then of both the one 4 further; load_matrices() of 16 rows of 32 bytes gives them so.
// They must not change before the wait.
template <int kSums>
CLN_DEVICE inline void multiply_add_tiles_tf32(float (&sums)[kSums], const std::uint32_t (&a)[4],
                                               std::uint64_t b, bool adds) {
  static_assert(kSums == 32 || kSums == 64);
#if defined(__CUDACC__)
  if constexpr (kSums == 32) CLN_MULTIPLY_TF32_64;
  if constexpr (kSums == 64) CLN_MULTIPLY_TF32_128;
#else
  emulated::multiply_add_tiles_tf32(2 * kSums, sums, a, b, adds);
#endif
}

#if defined(__CUDACC__)
#undef CLN_SUMS_8
#undef CLN_SUMS_32
#undef CLN_NAMES_32
#undef CLN_NAMES_64
#undef CLN_MULTIPLY_64
#undef CLN_MULTIPLY_128
#undef CLN_MULTIPLY_TF32_64
#undef CLN_MULTIPLY_TF32_128
#endif

}  // namespace convlstm::cuda
