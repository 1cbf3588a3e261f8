// Large computations of several callers, one after the other rather than at once.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace convlstm {

// Callers whose data fill the caches that processors share slow each other down when they compute at once,
// more than any of them gains. So each takes a turn, with as many processors as it has threads; those that
// fit beside each other run at once. A caller that comes again before another has woken goes on, which keeps
// its data near; but when the patience of the first that waits has ended, that one goes before all others.
class Turns {
 public:
  using Duration = std::chrono::steady_clock::duration;

  Turns(int processors, Duration patience)
      : free_(processors), processors_(processors), patience_(patience) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Those of this process.
  static Turns& of_process();

 private:
  friend class Turn;
  struct Waiter {
    int processors;
    bool has_turn = false;
    std::condition_variable changed{};
  };

  void take(int processors);
  void give(int processors);
  // Under the mutex.
  bool is_impatient() const;  // the first of those that wait
  void push(Waiter& waiter);
  void pop();  // gives the first its turn
  void call_waiters();

  std::mutex mutex_;
  int free_;  // processors; under the mutex
  const int processors_;
  const Duration patience_;
  std::deque<Waiter*> waiters_;                        // in the order of arrival; under the mutex
  std::chrono::steady_clock::time_point first_since_;  // when the first became that; under the mutex
  std::atomic<bool> has_waiters_{false};
};

// One turn. Its thread must not wait for another's while it has it.
class Turn {
 public:
  // Waits for it. `processors` are those that the caller computes on; more than there are count as all.
  Turn(Turns& turns, int processors);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Lets others go first whose patience has ended. Called between pieces of a long computation.
  void offer();

 private:
  Turns& turns_;
  const int processors_;
};

}  // namespace convlstm
