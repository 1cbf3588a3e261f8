#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "backend/backend.h"

namespace convlstm {

// The queues that may still be working on memory which contexts of one device share: the parameters of a
// layer, its gradients. Any thread.
class QueueUsers {
 public:
  // `backend` is about to queue work that reads the memory: it runs behind what the last writer has queued.
  void read(const std::shared_ptr<Backend>& backend);
  // The same for work that writes: it runs behind what everybody has queued.
  void write(const std::shared_ptr<Backend>& backend);
  // Blocks until no queue but that of `owner` works on the memory any more.
  void wait_for_all_but(const Backend& owner) noexcept;

 private:
  // A queue that is gone has finished its work.
  using User = std::weak_ptr<Backend>;
  std::mutex mutex_;
  User writer_;
  std::vector<User> readers_;  // since the last write
};

}  // namespace convlstm
