// Marks what both the host's compiler and CUDA's compile, for the processor that each makes code for.
#pragma once

#if defined(__CUDACC__)
#define CLN_HOST_DEVICE __host__ __device__
#else
#define CLN_HOST_DEVICE
#endif
