// Barriers in shared memory and the copy engine of compute capability 9.0 on the emulated device, as the PTX
// instruction set has them ("mbarrier", "cp.async.bulk.tensor"). hopper_ops.h calls these.
//
// A barrier is in a phase, which is complete when it has met as many arrivals as it was made for and as many
// bytes as it was told to expect; the next phase begins at once. Copies arrive as late as they may: what one
// will write is NaN from its start until a thread waits for a phase that they complete.
#pragma once

#include <cstdint>

#include "backend/cuda/emulated_tensor_map.h"

namespace convlstm::cuda::emulated {

// Throw Error(CLN_INTERNAL_ERROR) where a barrier was not made, is met by more than it expects, or is used by
// a copy before the thread that made it has fenced it.
void init_barrier(const void* barrier, int arrivals);
void fence_barriers();
void expect_bytes(const void* barrier, std::int64_t bytes);
void arrive(const void* barrier);
// Until the phase of this parity (of the first: 0) is complete.
void wait_barrier(const void* barrier, unsigned parity);

// `shared` is aligned to 128 bytes.
void copy_mapped(void* shared, const TensorMap& map, bool is_pixels, const void* barrier,
                 const CopyPlace& place);

}  // namespace convlstm::cuda::emulated
