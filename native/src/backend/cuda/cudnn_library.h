// cuDNN, loaded at run time, and one handle of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cuda/cudnn_api.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda {

// Immutable: any thread, several at once.
class CudnnLibrary {
 public:
  // Takes functions from wherever they come; the tests bring a cuDNN of their own. Throws
  // Error(CLN_UNSUPPORTED) where the version is not one that this room is written for. `origin`: what to call
  // it in messages.
  CudnnLibrary(const cudnn::Functions& functions, std::string origin);

  // cuDNN of this machine. Where CLN_CUDNN_LIBRARY is set, it names the library or a folder to look in, and
  // nothing else is tried; else: as the loader finds libcudnn.so.9 (LD_LIBRARY_PATH, ldconfig); CUDNN_PATH;
  // the Python packages of VIRTUAL_ENV and CONDA_PREFIX. Throws Error(CLN_UNSUPPORTED) saying what was looked
  // for, what was found instead and what to install. A library that was loaded stays loaded.
  static std::shared_ptr<const CudnnLibrary> load();

  const cudnn::Functions& functions() const { return functions_; }
  std::string version() const;                           // "9.8.0"
  const std::string& origin() const { return origin_; }  // the file, as the loader names it

  // Throws where `status` is not success: "cudnnCreate: <cuDNN's text>". `what` goes on the call's name.
  void check(cudnn::Status status, std::string_view call, std::string_view what = {}) const;

 private:
  cudnn::Functions functions_;
  std::string origin_;
};

// The cuDNN of this process, loaded when first asked for; throws as load() does, at every call until it is
// there. Chosen at link time: cudnn_default.cpp loads it, the emulated device brings a fake.
std::shared_ptr<const CudnnLibrary> default_cudnn();

// cuDNN's context for one stream. Used by one thread at a time, as the stream is; goes before the stream
// does.
class CudnnHandle {
 public:
  CudnnHandle(std::shared_ptr<const CudnnLibrary> library, Stream& stream);
  ~CudnnHandle();
  CudnnHandle(const CudnnHandle&) = delete;
  CudnnHandle& operator=(const CudnnHandle&) = delete;

  const CudnnLibrary& library() const { return *library_; }
  Stream& stream() const { return stream_; }
  cudnn::Handle get() const { return handle_; }

 private:
  std::shared_ptr<const CudnnLibrary> library_;
  Stream& stream_;
  cudnn::Handle handle_ = nullptr;
};

}  // namespace convlstm::cuda
