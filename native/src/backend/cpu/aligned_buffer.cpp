#include "backend/cpu/aligned_buffer.h"

#include <algorithm>
#include <new>

#include "core/error.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace convlstm::cpu {
namespace {

constexpr std::size_t kCacheLine = 64, kHugePage = std::size_t{2} << 20;

}  // namespace

AlignedBuffer::AlignedBuffer(std::int64_t count) : count_(count) {
  const bool is_large = bytes() >= kHugePage / 2;
  const std::size_t alignment = is_large ? kHugePage : kCacheLine;
  const std::size_t size = is_large ? (bytes() + kHugePage - 1) / kHugePage * kHugePage : bytes();
  void* memory = ::operator new (size, std::align_val_t{alignment}, std::nothrow);
  if (memory == nullptr) fail(CLN_OUT_OF_MEMORY, "the host has no ", bytes(), " bytes of working memory");
  data_ = std::unique_ptr<float, Release>(static_cast<float*>(memory), Release{alignment});
#if defined(__linux__)
  if (is_large) madvise(memory, size, MADV_HUGEPAGE);  // a wish: where it is not granted nothing changes
#endif
  std::fill_n(data_.get(), count, 0.0f);
}

void AlignedBuffer::Release::operator()(float* memory) const {
  ::operator delete (memory, std::align_val_t{alignment});
}

}  // namespace convlstm::cpu
