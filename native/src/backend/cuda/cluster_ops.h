// What blocks of a cluster do together (compute capability 9.0): a barrier of their threads, and writing into
// each other's shared memory. The emulated device does the same, and watches (emulated_cluster.h).
#pragma once

#include <cstdint>

#include "backend/cuda/tensor_ops.h"

#if !defined(__CUDACC__)
#include "backend/cuda/emulated_cluster.h"
#endif

namespace convlstm::cuda {

inline constexpr int kMostOfCluster = 8;  // blocks; what every device of 9.0 can do

// By all threads of all blocks of the cluster: who has waited sees what the others wrote before they arrived,
// to shared memory of any of its blocks too.
CLN_DEVICE inline void arrive_at_cluster() {
#if defined(__CUDACC__)
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
#else
  emulated::arrive_at_cluster();
#endif
}
CLN_DEVICE inline void wait_for_cluster() {
#if defined(__CUDACC__)
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
#else
  emulated::wait_for_cluster();
#endif
}
CLN_DEVICE inline void sync_cluster() {
  arrive_at_cluster();
  wait_for_cluster();
}

struct alignas(16) FourFloats {
  float value[4];
};

// Writes where `shared`, an address of this block, is in block `rank` of its cluster. That block must have
// begun, and must not end before this thread has met it at the barrier.
CLN_DEVICE inline void store_in_cluster(void* shared, int rank, const FourFloats& value) {
#if defined(__CUDACC__)
  asm volatile(
      "{\n\t.reg .b32 there;\n\t"
      "mapa.shared::cluster.u32 there, %0, %1;\n\t"
      "st.shared::cluster.v4.f32 [there], {%2, %3, %4, %5};\n\t}" ::"r"(shared_address(shared)),
      "r"(rank), "f"(value.value[0]), "f"(value.value[1]), "f"(value.value[2]), "f"(value.value[3])
      : "memory");
#else
  emulated::store_in_cluster(shared, rank, &value, sizeof value);
#endif
}

}  // namespace convlstm::cuda
