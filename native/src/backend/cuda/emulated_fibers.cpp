// Its check of longjmp takes another stack for an error.
#undef _FORTIFY_SOURCE

#include "backend/cuda/emulated_fibers.h"

#include <ucontext.h>

#include <csetjmp>
#include <cstdint>
#include <deque>
#include <utility>

#include "backend/cuda/emulated_fiber_stack.h"

namespace convlstm::cuda::emulated {
namespace {

// Stacks stay with their thread: blocks come by the thousand.
FiberStack& stack_of(int k) {
  thread_local std::deque<FiberStack> stacks;
  if (stacks.size() <= static_cast<std::size_t>(k)) stacks.resize(static_cast<std::size_t>(k) + 1);
  return stacks[static_cast<std::size_t>(k)];
}

}  // namespace

// ucontext makes stacks, setjmp goes to and fro between them: swapcontext asks the kernel each time.
struct Fibers::Fiber {
  std::jmp_buf place;
  FiberStack* stack = nullptr;  // null until it begins
  bool has_ended = false;
};
struct Fibers::Home {
  std::jmp_buf place;
  FiberStack stack;
};

Fibers::Fibers(int count, std::function<void(int)> body, int first_stack)
    : body_(std::move(body)),
      fibers_(std::make_unique<Fiber[]>(static_cast<std::size_t>(count))),
      first_stack_(first_stack),
      home_(std::make_unique<Home>()) {}

Fibers::~Fibers() = default;

void Fibers::enter(unsigned high, unsigned low) {
  auto* const self = reinterpret_cast<Fibers*>(static_cast<std::uintptr_t>(high) << 32 | low);
  Home& home = *self->home_;
  Fiber& fiber = self->fibers_[static_cast<std::size_t>(self->running_)];
  fiber.stack->arrive(home.stack);
  self->body_(self->running_);
  fiber.has_ended = true;
  fiber.stack->leave(home.stack, true);
  _longjmp(home.place, 1);
}

bool Fibers::resume(int k) {
  running_ = k;
  Fiber& fiber = fibers_[static_cast<std::size_t>(k)];
  if (_setjmp(home_->place) == 0) {
    if (fiber.stack != nullptr) {
      home_->stack.leave(*fiber.stack);
      _longjmp(fiber.place, 1);
    }
    fiber.stack = &stack_of(first_stack_ + k);
    fiber.stack->begin();
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack->memory();
    context.uc_stack.ss_size = FiberStack::kBytes;
    context.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // makecontext hands on ints.
    makecontext(&context, reinterpret_cast<void (*)()>(&Fibers::enter), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
    home_->stack.be_of_thread();
    home_->stack.leave(*fiber.stack);
    setcontext(&context);
  }
  Fiber& back = fibers_[static_cast<std::size_t>(running_)];
  home_->stack.arrive(*back.stack);
  return !back.has_ended;
}

void Fibers::suspend() {
  Fiber& fiber = fibers_[static_cast<std::size_t>(running_)];
  if (_setjmp(fiber.place) == 0) {
    fiber.stack->leave(home_->stack);
    _longjmp(home_->place, 1);
  }
  Fiber& back = fibers_[static_cast<std::size_t>(running_)];
  back.stack->arrive(home_->stack);
}

}  // namespace convlstm::cuda::emulated
