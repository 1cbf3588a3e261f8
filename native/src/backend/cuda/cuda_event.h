#pragma once

#include "backend/cuda/cuda_check.h"

namespace convlstm::cuda {

// An event without times, with one owner: an error on the way destroys what was made.
class Event {
 public:
  Event() { CLN_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() { cudaEventDestroy(event_); }  // CUDA keeps it until it has come to pass
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace convlstm::cuda
