// What the threads of a block do together: waiting, copies into shared memory that run beside the work, and
// the matrices of tensor cores. On the device each is one instruction (compute capability 8.0); the emulated
// device does the same, and watches (emulated_block.h).
#pragma once

#include <cstdint>

#include "backend/cuda/block_launch.h"

namespace convlstm::cuda {

// Waits until all threads of the block are here; what they wrote is seen.
CLN_DEVICE inline void sync_threads() {
#if defined(__CUDACC__)
  __syncthreads();
#else
  emulated::sync_threads();
#endif
}

#if defined(__CUDACC__)
CLN_DEVICE inline std::uint32_t shared_address(const void* shared) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
}
#endif

// Starts to copy 16 bytes, both aligned to 16; where `is_there` is not set, zeros. The copy belongs to the
// next group that its thread commits.
CLN_DEVICE inline void copy_async(void* shared, const void* global, bool is_there) {
#if defined(__CUDACC__)
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
               "r"(is_there ? 16 : 0)
               : "memory");
#else
  emulated::copy_async(shared, global, 16, is_there);
#endif
}

CLN_DEVICE inline void commit_copies() {
#if defined(__CUDACC__)
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  emulated::commit_copies();
#endif
}

// Waits until at most the last kRunning groups of this thread are under way. Other threads see what was
// copied after the next sync_threads().
template <int kRunning>
CLN_DEVICE inline void wait_copies() {
#if defined(__CUDACC__)
  asm volatile("cp.async.wait_group %0;" ::"n"(kRunning) : "memory");
#else
  emulated::wait_copies(kRunning);
#endif
}

// What this thread wrote to global memory is seen by whoever sees what it writes afterwards.
CLN_DEVICE inline void publish_writes() {
#if defined(__CUDACC__)
  __threadfence();
#endif
}

// Adds 1, and gives what was there; blocks may meet in `counter`.
CLN_DEVICE inline std::uint32_t count_up(std::uint32_t* counter) {
#if defined(__CUDACC__)
  return atomicAdd(counter, 1u);
#else
  return (*counter)++;  // blocks run one after the other
#endif
}

// Four matrices of 8 rows of 16 bytes in shared memory. Lane k passes row k % 8 of matrix k / 8 and receives,
// of each, 4 bytes: number k % 4 of row k / 4.
CLN_DEVICE inline void load_matrices(std::uint32_t (&to)[4], const void* row) {
#if defined(__CUDACC__)
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row)));
#else
  emulated::load_matrices(to, row);
#endif
}

// The same of matrices that are turned on the way: of 8 rows of 8 numbers of 2 bytes, a lane receives numbers
// 2 * (k % 4) and the next of column k / 4.
CLN_DEVICE inline void load_turned_matrices(std::uint32_t (&to)[4], const void* row) {
#if defined(__CUDACC__)
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row)));
#else
  emulated::load_turned_matrices(to, row);
#endif
}

// sums += a b, of 16 rows and 8 columns, in float32. With lane = 4 * group + member a lane holds of `sums`
// the rows `group` (0, 1) and group + 8 (2, 3), columns 2 * member and the next. a and b come as
// load_matrices gives them, of rows whose bytes lie along the depth of 32 bytes: a as rows 0 to 7 and 8 to 15
// of the first 16 bytes, then of the last; b, one row a column, as the first and the last 16 bytes.
CLN_DEVICE inline void multiply_add_bfloat16(float (&sums)[4], const std::uint32_t (&a)[4],
                                             const std::uint32_t (&b)[2]) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  emulated::multiply_add(emulated::Operand::kBfloat16, sums, a, b);
#endif
}

CLN_DEVICE inline void multiply_add_float16(float (&sums)[4], const std::uint32_t (&a)[4],
                                            const std::uint32_t (&b)[2]) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  emulated::multiply_add(emulated::Operand::kFloat16, sums, a, b);
#endif
}

// Of float32 the upper 19 bits count: to_tf32() rounds to them.
CLN_DEVICE inline void multiply_add_tf32(float (&sums)[4], const std::uint32_t (&a)[4],
                                         const std::uint32_t (&b)[2]) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  emulated::multiply_add(emulated::Operand::kTf32, sums, a, b);
#endif
}

// The bits of a float32, rounded to 10 bits of fraction: to the nearest, ties away from 0. NaN stays NaN.
CLN_HOST_DEVICE inline std::uint32_t to_tf32(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  std::uint32_t rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(__uint_as_float(bits)));
  return rounded;
#else
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bits | 0x400000u;
  return (bits & 0x7f800000u) == 0x7f800000u ? bits : (bits + 0x1000u) & 0xffffe000u;
#endif
}

}  // namespace convlstm::cuda
