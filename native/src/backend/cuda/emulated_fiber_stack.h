// The stack of a fiber, or of the thread that it came from, and what sanitizers must be told when another one
// runs.
#pragma once

#include <cstddef>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace convlstm::cuda::emulated {

class FiberStack {
 public:
  static constexpr std::size_t kBytes = std::size_t{64} << 10;

  char* memory() const { return memory_.get(); }

  // For the thread's own stack, before the first fiber of it runs.
  void be_of_thread() {
#if defined(__SANITIZE_THREAD__)
    fiber_ = __tsan_get_current_fiber();
#endif
  }
  // For a fiber that begins. A fiber before it need not have come to its end.
  void begin() {
    if (memory_ == nullptr) memory_ = std::make_unique_for_overwrite<char[]>(kBytes);
#if defined(__SANITIZE_ADDRESS__)
    bottom_ = memory();
    bytes_ = kBytes;
    fake_ = nullptr;
    __asan_unpoison_memory_region(memory(), kBytes);
#endif
#if defined(__SANITIZE_THREAD__)
    owned_.reset(__tsan_create_fiber(0));
    fiber_ = owned_.get();
#endif
  }

  // Just before a jump to `next`; `for_ever` where nothing comes back here.
  void leave(FiberStack& next, [[maybe_unused]] bool for_ever = false) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_ever ? nullptr : &fake_, next.bottom_, next.bytes_);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(next.fiber_, 0);
#endif
    (void)next;
  }
  // Just after a jump from `from`.
  void arrive([[maybe_unused]] FiberStack& from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_, &from.bottom_, &from.bytes_);
#endif
  }

 private:
  std::unique_ptr<char[]> memory_;  // none: the thread's own
#if defined(__SANITIZE_ADDRESS__)
  void* fake_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t bytes_ = 0;
#endif
#if defined(__SANITIZE_THREAD__)
  struct Destroy {
    void operator()(void* fiber) const { __tsan_destroy_fiber(fiber); }
  };
  std::unique_ptr<void, Destroy> owned_;
  void* fiber_ = nullptr;
#endif
};

}  // namespace convlstm::cuda::emulated
