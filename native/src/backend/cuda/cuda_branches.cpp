#include "backend/cuda/cuda_branches.h"

#include "core/error.h"

namespace convlstm::cuda {

Branches::~Branches() {
  for (cudaStream_t stream : streams_) {
    cudaStreamSynchronize(stream);
    cudaStreamDestroy(stream);
  }
}

void Branches::fork(cudaStream_t main, int branches) {
  while (static_cast<int>(streams_.size()) + 1 < branches) {
    cudaStream_t stream = nullptr;
    CLN_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    streams_.push_back(stream);
  }
  if (!ends_) ends_.emplace();
  main_ = selected_ = main;
  count_ = 1;
  CLN_CUDA_CHECK(cudaEventRecord(ends_->get(), main));
  for (; count_ < branches; ++count_) CLN_CUDA_CHECK(cudaStreamWaitEvent(at(count_), ends_->get(), 0));
}

void Branches::select(int branch) {
  if (branch < 0 || branch >= count_)
    fail(CLN_INTERNAL_ERROR, "cuda: expected one of ", count_, " branches, got number ", branch);
  selected_ = at(branch);
}

void Branches::mark(int mark) {
  CLN_CUDA_CHECK(cudaEventRecord(marks_[mark].get(), selected_));
}

void Branches::wait(int mark) {
  CLN_CUDA_CHECK(cudaStreamWaitEvent(selected_, marks_[mark].get(), 0));
}

void Branches::join() {
  selected_ = main_;
  for (; count_ > 1; --count_) {
    CLN_CUDA_CHECK(cudaEventRecord(ends_->get(), at(count_ - 1)));
    CLN_CUDA_CHECK(cudaStreamWaitEvent(main_, ends_->get(), 0));
  }
}

void Branches::abandon() noexcept {
  // What has failed once is left out.
  while (count_ > 1) {
    try {
      join();
    } catch (...) {
      --count_;
    }
  }
  cudaGetLastError();
}

}  // namespace convlstm::cuda
