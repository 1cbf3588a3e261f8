// Instructions of compute capability 9.0 (sm_90a): barriers in shared memory, the copy engine, products of
// warpgroups. The emulated device does the same, and watches (emulated_async.h, emulated_warpgroup.h).
#pragma once

#include "backend/cuda/hopper_products.h"
#include "backend/cuda/tensor_map.h"
#include "backend/cuda/tensor_ops.h"

#if !defined(__CUDACC__)
#include "backend/cuda/emulated_async.h"
#endif

namespace convlstm::cuda {

// A barrier in shared memory. A phase of it is over when it has met as many arrivals as it was made for and
// the bytes that it was told to expect; then the next one begins. Phases have parities 0, 1, 0 ...
struct Barrier {
  std::uint64_t state;
};

// By one thread, which then fences what it made; the others use them after the next sync_threads().
CLN_DEVICE inline void init_barrier(Barrier* barrier, int arrivals) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals)
               : "memory");
#else
  emulated::init_barrier(barrier, arrivals);
#endif
}
CLN_DEVICE inline void fence_barriers() {
#if defined(__CUDACC__)
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#else
  emulated::fence_barriers();
#endif
}

CLN_DEVICE inline void arrive(Barrier* barrier) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
#else
  emulated::arrive(barrier);
#endif
}
CLN_DEVICE inline void arrive_expecting(Barrier* barrier, int bytes) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(bytes)
               : "memory");
#else
  emulated::expect_bytes(barrier, bytes);
  emulated::arrive(barrier);
#endif
}
// Waits until the phase of this parity, the current one or the one before it, is over.
CLN_DEVICE inline void wait_barrier(Barrier* barrier, unsigned parity) {
#if defined(__CUDACC__)
  unsigned is_over = 0;
  while (is_over == 0)
    asm volatile(
        "{\n\t.reg .pred p;\n\t"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
        "selp.u32 %0, 1, 0, p;\n\t}"
        : "=r"(is_over)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
#else
  emulated::wait_barrier(barrier, parity);
#endif
}

// Starts to copy a box of a tiled map of two axes; its bytes arrive at the barrier.
CLN_DEVICE inline void copy_tile(void* shared, const TensorMap& map, Barrier* barrier, std::int32_t x,
                                 std::int32_t y) {
#if defined(__CUDACC__)
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], "
      "[%2];" ::"r"(shared_address(shared)),
      "l"(&map), "r"(shared_address(barrier)), "r"(x), "r"(y)
      : "memory");
#else
  emulated::copy_mapped(shared, map, false, barrier, {{x, y}, {}});
#endif
}

// Likewise rows of a map of pixels, from a pixel of its box on; reads lie `offset` further.
struct PixelCopy {
  std::int32_t channel, w, h, d, image;
  std::uint16_t offset_w, offset_h, offset_d;
};
template <int kAxes>
CLN_DEVICE inline void copy_pixels(void* shared, const TensorMap& map, Barrier* barrier,
                                   const PixelCopy& at) {
  static_assert(kAxes == 4 || kAxes == 5);
#if defined(__CUDACC__)
  if constexpr (kAxes == 4)
    asm volatile(
        "cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%0], "
        "[%1, {%3, %4, %5, %6}], [%2], {%7, %8};" ::"r"(shared_address(shared)),
        "l"(&map), "r"(shared_address(barrier)), "r"(at.channel), "r"(at.w), "r"(at.h), "r"(at.image),
        "h"(at.offset_w), "h"(at.offset_h)
        : "memory");
  else
    asm volatile(
        "cp.async.bulk.tensor.5d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%0], "
        "[%1, {%3, %4, %5, %6, %7}], [%2], {%8, %9, %10};" ::"r"(shared_address(shared)),
        "l"(&map), "r"(shared_address(barrier)), "r"(at.channel), "r"(at.w), "r"(at.h), "r"(at.d),
        "r"(at.image), "h"(at.offset_w), "h"(at.offset_h), "h"(at.offset_d)
        : "memory");
#else
  emulated::CopyPlace place{{at.channel, at.w, at.h, at.image}, {at.offset_w, at.offset_h, at.offset_d}};
  if (kAxes == 5) {
    place.at[3] = at.d;
    place.at[4] = at.image;
  }
  emulated::copy_mapped(shared, map, true, barrier, place);
#endif
}

// Registers that each thread of this warpgroup has from here on.
template <int kCount>
CLN_DEVICE inline void give_registers() {
#if defined(__CUDACC__)
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kCount));
#else
  emulated::set_registers(kCount);
#endif
}
template <int kCount>
CLN_DEVICE inline void take_registers() {
#if defined(__CUDACC__)
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kCount));
#else
  emulated::set_registers(kCount);
#endif
}

}  // namespace convlstm::cuda
