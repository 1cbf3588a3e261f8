// Functions that take turns on one thread of the host: each runs until it suspends itself.
#pragma once

#include <functional>
#include <memory>

namespace convlstm::cuda::emulated {

class Fibers {
 public:
  // body(k) for each k in [0, count). Its exceptions must not leave it. It need not come to its end: what it
  // has on its stack is then forgotten. Stacks are numbered from `first_stack` on: those that are alive at once
  // must not have the same.
  Fibers(int count, std::function<void(int)> body, int first_stack = 0);
  ~Fibers();

  // Runs fiber k until it suspends itself (true) or ends (false).
  bool resume(int k);
  // Called by the fiber that runs: resume() returns.
  void suspend();

 private:
  struct Fiber;
  static void enter(unsigned high, unsigned low);

  std::function<void(int)> body_;
  std::unique_ptr<Fiber[]> fibers_;
  int first_stack_, running_ = 0;
  struct Home;
  std::unique_ptr<Home> home_;
};

}  // namespace convlstm::cuda::emulated
