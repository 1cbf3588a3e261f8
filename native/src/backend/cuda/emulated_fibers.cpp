// Its check of longjmp takes another stack for an error.
#undef _FORTIFY_SOURCE

#include "backend/cuda/emulated_fibers.h"

#include <ucontext.h>

#include <csetjmp>
#include <cstdint>
#include <utility>
#include <vector>

namespace convlstm::cuda::emulated {
namespace {

constexpr std::size_t kStackBytes = std::size_t{64} << 10;

// Stacks stay with their thread: blocks come by the thousand.
char* stack_of(int k) {
  thread_local std::vector<std::unique_ptr<char[]>> stacks;
  while (stacks.size() <= static_cast<std::size_t>(k))
    stacks.push_back(std::make_unique_for_overwrite<char[]>(kStackBytes));
  return stacks[static_cast<std::size_t>(k)].get();
}

}  // namespace

// ucontext makes stacks, setjmp goes to and fro between them: swapcontext asks the kernel each time.
struct Fibers::Fiber {
  std::jmp_buf place;
  bool has_begun = false, has_ended = false;
};
struct Fibers::Home {
  std::jmp_buf place;
};

Fibers::Fibers(int count, std::function<void(int)> body, int first_stack)
    : body_(std::move(body)),
      fibers_(std::make_unique<Fiber[]>(static_cast<std::size_t>(count))),
      first_stack_(first_stack),
      home_(std::make_unique<Home>()) {}

Fibers::~Fibers() = default;

void Fibers::enter(unsigned high, unsigned low) {
  auto* const self = reinterpret_cast<Fibers*>(static_cast<std::uintptr_t>(high) << 32 | low);
  self->body_(self->running_);
  self->fibers_[static_cast<std::size_t>(self->running_)].has_ended = true;
  _longjmp(self->home_->place, 1);
}

bool Fibers::resume(int k) {
  running_ = k;
  Fiber& fiber = fibers_[static_cast<std::size_t>(k)];
  if (_setjmp(home_->place) == 0) {
    if (fiber.has_begun) _longjmp(fiber.place, 1);
    fiber.has_begun = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = stack_of(first_stack_ + k);
    context.uc_stack.ss_size = kStackBytes;
    context.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // makecontext hands on ints.
    makecontext(&context, reinterpret_cast<void (*)()>(&Fibers::enter), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
    setcontext(&context);
  }
  return !fibers_[static_cast<std::size_t>(running_)].has_ended;
}

void Fibers::suspend() {
  if (_setjmp(fibers_[static_cast<std::size_t>(running_)].place) == 0) _longjmp(home_->place, 1);
}

}  // namespace convlstm::cuda::emulated
