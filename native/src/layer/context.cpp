#include "layer/context.h"

#include <algorithm>

#include "core/error.h"

namespace convlstm {

bool Context::same_device(const Context& other) const {
  return backend_->device_kind() == other.backend_->device_kind() &&
         backend_->device_index() == other.backend_->device_index();
}

ContextUse::ContextUse(std::initializer_list<Context*> contexts) {
  for (Context* context : contexts) {
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(count_);
    if (context == nullptr || std::find(held_.begin(), end, context) != end) continue;
    if (context->busy_.exchange(true, std::memory_order_acquire)) {
      release();
      fail(CLN_BUSY, "context: expected no other thread to be using it, got a call while another one runs");
    }
    held_.at(count_++) = context;
  }
  try {
    order();
  } catch (...) {
    release();
    throw;
  }
}

ContextUse::~ContextUse() {
  try {
    order();
  } catch (...) {  // a queue that takes no more work says so at the next call
  }
  release();
}

void ContextUse::order() const {
  for (std::size_t i = 0; i < count_; ++i)
    for (std::size_t j = 0; j < count_; ++j)
      if (i != j && held_[i]->same_device(*held_[j])) held_[i]->backend_->wait_for(*held_[j]->backend_);
}

void ContextUse::release() noexcept {
  while (count_ > 0) held_[--count_]->busy_.store(false, std::memory_order_release);
}

}  // namespace convlstm
