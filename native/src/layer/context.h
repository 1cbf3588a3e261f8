#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>

#include "backend/backend.h"
#include "layer/tuning.h"

namespace convlstm {

// A device, shared by everything that was made from it. Lives until the last of them is gone.
class Context {
 public:
  explicit Context(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}

  Backend& backend() const { return *backend_; }
  const std::shared_ptr<Backend>& shared_backend() const { return backend_; }
  bool same_device(const Context& other) const;
  const Tuning& tuning() const { return tuning_; }
  void set_tuning(const Tuning& tuning) { tuning_ = tuning; }  // of sessions to come

 private:
  friend class ContextUse;
  std::shared_ptr<Backend> backend_;
  Tuning tuning_;
  std::atomic<bool> busy_{false};
};

// The calling thread's use of the contexts of one call, while it lives. CLN_BUSY, and none is taken, where
// another thread uses one of them. What the call queues runs behind what each of them has queued before, and
// what they queue later behind it.
class ContextUse {
 public:
  // Null pointers are skipped and a context that is named twice is taken once.
  explicit ContextUse(std::initializer_list<Context*> contexts);
  ~ContextUse();
  ContextUse(const ContextUse&) = delete;
  ContextUse& operator=(const ContextUse&) = delete;

 private:
  static constexpr std::size_t kMost = 8;
  void release() noexcept;
  void order() const;
  std::array<Context*, kMost> held_{};
  std::size_t count_ = 0;
};

}  // namespace convlstm
