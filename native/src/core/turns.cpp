#include "core/turns.h"

#include <algorithm>

#include "core/processors.h"

namespace convlstm {
namespace {

// After a change of turns weights come back from memory, about a millisecond of them; of a second, eight
// callers have three turns each.
constexpr std::chrono::milliseconds kPatience{40};

}  // namespace

Turns& Turns::of_process() {
  static Turns turns(available_processors(), kPatience);
  return turns;
}

// Its share of the processors changes hands once in a patience, however many wait.
bool Turns::is_impatient() const {
  return !waiters_.empty() && std::chrono::steady_clock::now() - first_since_ >=
                                  patience_ * waiters_.front()->processors / processors_;
}

void Turns::push(Waiter& waiter) {
  if (waiters_.empty()) first_since_ = std::chrono::steady_clock::now();
  waiters_.push_back(&waiter);
  has_waiters_.store(true, std::memory_order_relaxed);
}

void Turns::pop() {
  Waiter& first = *waiters_.front();
  free_ -= first.processors;
  first.has_turn = true;
  waiters_.pop_front();
  first_since_ = std::chrono::steady_clock::now();
  has_waiters_.store(!waiters_.empty(), std::memory_order_relaxed);
}

void Turns::take(int processors) {
  std::unique_lock lock(mutex_);
  if (free_ >= processors && !is_impatient()) {
    free_ -= processors;
    return;
  }
  Waiter self{processors};
  push(self);
  while (!self.has_turn) {
    self.changed.wait(lock);
    if (!self.has_turn && waiters_.front() == &self && free_ >= processors) pop();
  }
  call_waiters();
}

void Turns::give(int processors) {
  const std::scoped_lock lock(mutex_);
  free_ += processors;
  call_waiters();
}

// Who is patient is only woken: whether it finds the processors free when it looks is seen then.
void Turns::call_waiters() {
  while (!waiters_.empty() && free_ >= waiters_.front()->processors) {
    Waiter& first = *waiters_.front();
    const bool gets_turn = is_impatient();
    if (gets_turn) pop();
    first.changed.notify_one();  // under the mutex: once it has its turn it may be gone
    if (!gets_turn) return;
  }
}

Turn::Turn(Turns& turns, int processors)
    : turns_(turns), processors_(std::clamp(processors, 1, turns.processors_)) {
  turns_.take(processors_);
}

Turn::~Turn() {
  turns_.give(processors_);
}

void Turn::offer() {
  if (!turns_.has_waiters_.load(std::memory_order_relaxed)) return;
  {
    const std::scoped_lock lock(turns_.mutex_);
    if (!turns_.is_impatient()) return;
  }
  turns_.give(processors_);
  turns_.take(processors_);
}

}  // namespace convlstm
