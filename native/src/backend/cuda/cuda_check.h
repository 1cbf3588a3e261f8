// CUDA's return codes become the library's errors. Only files that nvcc or the plug-in compiles include this.
#pragma once

#include <cuda_runtime_api.h>

namespace convlstm::cuda {

// Throws Error(CLN_DEVICE_ERROR), or CLN_OUT_OF_MEMORY, with the call's name and CUDA's own text.
void check_cuda(cudaError_t code, const char* call);

}  // namespace convlstm::cuda

#define CLN_CUDA_CHECK(call) ::convlstm::cuda::check_cuda((call), #call)
