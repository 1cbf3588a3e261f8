#pragma once

#include <atomic>
#include <thread>

namespace convlstm::test {

// Calls `work` again and again on a thread of its own until it is stopped.
class Background {
 public:
  template <typename Work>
  explicit Background(Work work)
      : thread_([this, work] {
          while (!stop_) work();
        }) {}
  ~Background() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace convlstm::test
