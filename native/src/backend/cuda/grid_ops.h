// What blocks of one grid do together: flags in device memory, which one block raises and others wait for.
// The blocks must all be on the device at once (grid_launch.h).
#pragma once

#include <cstdint>
#include <cstring>

#include "backend/cuda/tensor_ops.h"

namespace convlstm::cuda {

// Waits until *flag has come to `least`; flags count modulo 2^32. What was written before it was raised is
// then seen by this thread, and after the next sync_threads() by all of its block.
CLN_DEVICE inline void wait_for_flag(const std::uint32_t* flag, std::uint32_t least) {
#if defined(__CUDACC__)
  std::uint32_t value;
  do {
    asm volatile("ld.acquire.gpu.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
  } while (static_cast<std::int32_t>(value - least) < 0);
#else
  emulated::wait_for_flag(flag, least);
#endif
}

// By one thread of a block, after a sync_threads(): what any of its threads wrote before that goes with it.
CLN_DEVICE inline void raise_flag(std::uint32_t* flag, std::uint32_t value) {
#if defined(__CUDACC__)
  asm volatile("st.release.gpu.u32 [%0], %1;" ::"l"(flag), "r"(value) : "memory");
#else
  *flag = value;
#endif
}

// Nobody reads it any more before it is written again. Only the emulated device does anything: it writes NaN.
CLN_DEVICE inline void forget_memory([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if !defined(__CUDACC__)
  std::memset(memory, 0xff, bytes);
#endif
}

// The same number, of which the compiler does not know that it is: what follows from it is found where it is
// needed, and not kept in registers from before.
CLN_DEVICE inline std::int32_t find_anew(std::int32_t number) {
#if defined(__CUDACC__)
  asm volatile("" : "+r"(number));
#endif
  return number;
}

}  // namespace convlstm::cuda
