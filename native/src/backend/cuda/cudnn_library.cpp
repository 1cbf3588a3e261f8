#include "backend/cuda/cudnn_library.h"

#include <utility>

#include "core/error.h"

namespace convlstm::cuda {
namespace {

constexpr std::size_t kOldest = 90000, kNewer = 100000;  // versions [9.0.0, 10.0.0)

std::string version_text(std::size_t version) {
  // Up to version 8 a major counted 1000.
  const std::size_t major = version >= 10000 ? 10000 : 1000;
  return std::to_string(version / major) + "." + std::to_string(version % major / 100) + "." +
         std::to_string(version % 100);
}

cln_status status_of(cudnn::Status status) {
  if (status == cudnn::Status::kHostAllocationFailed || status == cudnn::Status::kDeviceAllocationFailed)
    return CLN_OUT_OF_MEMORY;
  return cudnn::is_not_supported(status) ? CLN_UNSUPPORTED : CLN_DEVICE_ERROR;
}

}  // namespace

CudnnLibrary::CudnnLibrary(const cudnn::Functions& functions, std::string origin)
    : functions_(functions), origin_(std::move(origin)) {
  const std::size_t found = functions_.cudnnGetVersion();
  if (found < kOldest || found >= kNewer)
    fail(CLN_UNSUPPORTED, "cuDNN: expected version 9, got ", version_text(found), " in ", origin_);
}

std::string CudnnLibrary::version() const {
  return version_text(functions_.cudnnGetVersion());
}

void CudnnLibrary::check(cudnn::Status status, std::string_view call, std::string_view what) const {
  if (status == cudnn::Status::kSuccess) return;
  char detail[512] = "";
  functions_.cudnnGetLastErrorString(detail, sizeof detail);
  const char* name = functions_.cudnnGetErrorString(status);
  fail(status_of(status), call, what.empty() ? "" : " (", what, what.empty() ? "" : ")", ": ",
       name != nullptr ? name : "unknown status", " (", static_cast<int>(status), ")",
       detail[0] != '\0' ? ": " : "", detail);
}

CudnnHandle::CudnnHandle(std::shared_ptr<const CudnnLibrary> library, Stream& stream)
    : library_(std::move(library)), stream_(stream) {
  const cudnn::Functions& call = library_->functions();
  library_->check(call.cudnnCreate(&handle_), "cudnnCreate");
  const cudnn::Status status = call.cudnnSetStream(handle_, stream.native());
  if (status != cudnn::Status::kSuccess) {
    call.cudnnDestroy(handle_);
    library_->check(status, "cudnnSetStream");
  }
}

CudnnHandle::~CudnnHandle() {
  // A failure here has nobody to tell; what was queued reports its own at the next wait.
  (void)library_->functions().cudnnDestroy(handle_);
}

}  // namespace convlstm::cuda
