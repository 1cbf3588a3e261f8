#include <mutex>

#include "backend/cuda/cudnn_library.h"

namespace convlstm::cuda {

std::shared_ptr<const CudnnLibrary> default_cudnn() {
  static std::mutex mutex;
  static std::shared_ptr<const CudnnLibrary> library;
  const std::lock_guard<std::mutex> lock(mutex);
  if (library == nullptr) library = CudnnLibrary::load();
  return library;
}

}  // namespace convlstm::cuda
