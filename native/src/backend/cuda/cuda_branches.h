// The branches of a stream: CUDA streams beside it and the events that order them. While the stream is
// captured, the fork takes the others into the capture and the join brings them home.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "backend/cuda/cuda_event.h"

namespace convlstm::cuda {

// The device is the thread's current one.
class Branches {
 public:
  Branches() = default;
  ~Branches();  // waits for them
  Branches(const Branches&) = delete;
  Branches& operator=(const Branches&) = delete;

  // As Stream has them; `main` is branch 0.
  void fork(cudaStream_t main, int branches);
  void select(int branch);
  void mark(int mark);
  void wait(int mark);
  void join();
  void abandon() noexcept;

  cudaStream_t selected() const { return selected_; }

 private:
  cudaStream_t at(int branch) const {
    return branch == 0 ? main_ : streams_[static_cast<std::size_t>(branch - 1)];
  }

  int count_ = 0;
  cudaStream_t main_ = nullptr, selected_ = nullptr;
  // Made when they are first needed, of the device that is current then.
  std::vector<cudaStream_t> streams_;
  std::map<int, Event> marks_;
  std::optional<Event> ends_;
};

}  // namespace convlstm::cuda
