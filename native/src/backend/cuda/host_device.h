// Marks functions that run on the device and, in the emulated device and the tests, on the host.
#pragma once

#if defined(__CUDACC__)
#define CLN_HOST_DEVICE __host__ __device__
#else
#define CLN_HOST_DEVICE
#endif
