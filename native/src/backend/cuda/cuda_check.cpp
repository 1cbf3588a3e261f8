#include "backend/cuda/cuda_check.h"

#include <string>

#include "core/error.h"

namespace convlstm::cuda {

void check_cuda(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // what can be forgotten is, so that the next call does not report it again
  const std::string expression = call;
  fail(code == cudaErrorMemoryAllocation ? CLN_OUT_OF_MEMORY : CLN_DEVICE_ERROR,
       expression.substr(0, expression.find('(')), ": ", cudaGetErrorString(code), " (",
       cudaGetErrorName(code), ")");
}

}  // namespace convlstm::cuda
