#include "layer/queue_users.h"

#include <algorithm>

namespace convlstm {
namespace {

bool is_same(const std::weak_ptr<Backend>& user, const std::shared_ptr<Backend>& backend) {
  return !user.owner_before(backend) && !backend.owner_before(user);
}

void wait(const std::shared_ptr<Backend>& backend, const std::weak_ptr<Backend>& user) {
  if (is_same(user, backend)) return;
  if (const auto other = user.lock()) backend->wait_for(*other);
}

}  // namespace

void QueueUsers::read(const std::shared_ptr<Backend>& backend) {
  const std::scoped_lock lock(mutex_);
  wait(backend, writer_);
  const auto is_known = [&](const User& reader) { return is_same(reader, backend); };
  if (std::none_of(readers_.begin(), readers_.end(), is_known)) {
    std::erase_if(readers_, [](const User& reader) { return reader.expired(); });
    readers_.push_back(backend);
  }
}

void QueueUsers::write(const std::shared_ptr<Backend>& backend) {
  const std::scoped_lock lock(mutex_);
  wait(backend, writer_);
  for (const User& reader : readers_) wait(backend, reader);
  readers_.clear();
  writer_ = backend;
}

void QueueUsers::wait_for_all_but(const Backend& owner) noexcept {
  const std::scoped_lock lock(mutex_);
  readers_.push_back(writer_);
  for (const User& user : readers_) {
    const auto other = user.lock();
    if (other == nullptr || other.get() == &owner) continue;
    try {
      other->synchronize();
    } catch (...) {  // what the queue met is for its own context to tell
    }
  }
  readers_.clear();
}

}  // namespace convlstm
