#include "backend/cuda/emulated_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "backend/cuda/emulated_stream.h"

namespace convlstm::cuda::emulated {
namespace {

struct Block {
  int device;
  std::size_t bytes, pages;  // asked for; what of it is mapped, without the pages around it
};

struct Memory {
  std::mutex mutex;
  std::map<char*, Block> blocks;
  std::map<int, std::size_t> used;
  std::size_t capacity = std::size_t{8} << 30;
  int users = 0;

  Memory() {
    if (const char* text = std::getenv("CLN_EMULATED_BYTES")) capacity = std::strtoull(text, nullptr, 10);
  }
};

Memory& memory() {
  static Memory* const all = new Memory;  // never destroyed: contexts may outlive every static
  return *all;
}

std::size_t page() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

constexpr int kOpen = PROT_READ | PROT_WRITE;

void protect_all(Memory& all, int protection) noexcept {
  for (const auto& [data, block] : all.blocks)
    if (mprotect(data, block.pages, protection) != 0) std::abort();
}

}  // namespace

void* allocate_memory(int device, std::size_t bytes) {
  Memory& all = memory();
  const std::scoped_lock lock(all.mutex);
  std::size_t& used = all.used[device];
  if (bytes > all.capacity || all.capacity - bytes < used) return nullptr;
  const std::size_t pages = (bytes + page() - 1) / page() * page();
  void* const mapped =
      mmap(nullptr, pages + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* const data = static_cast<char*>(mapped) + page();
  if (mprotect(data, pages, kOpen) != 0) std::abort();
  std::memset(data, 0xff, bytes);
  if (all.users == 0 && mprotect(data, pages, PROT_NONE) != 0) std::abort();
  all.blocks[data] = {device, bytes, pages};
  used += bytes;
  return data;
}

void release_memory(void* data) noexcept {
  Memory& all = memory();
  const std::scoped_lock lock(all.mutex);
  const auto at = all.blocks.find(static_cast<char*>(data));
  if (at == all.blocks.end()) std::abort();  // freed twice, or not from here
  all.used[at->second.device] -= at->second.bytes;
  munmap(at->first - page(), at->second.pages + 2 * page());
  all.blocks.erase(at);
}

MemoryAccess::MemoryAccess() noexcept {
  Memory& all = memory();
  const std::scoped_lock lock(all.mutex);
  if (all.users++ == 0) protect_all(all, kOpen);
}

MemoryAccess::~MemoryAccess() {
  Memory& all = memory();
  const std::scoped_lock lock(all.mutex);
  if (--all.users == 0) protect_all(all, PROT_NONE);
}

void set_device_bytes(std::size_t bytes) {
  const std::scoped_lock lock(memory().mutex);
  memory().capacity = bytes;
}

std::size_t device_bytes() {
  const std::scoped_lock lock(memory().mutex);
  return memory().capacity;
}

std::size_t allocated_bytes() {
  const std::scoped_lock lock(memory().mutex);
  std::size_t sum = 0;
  for (const auto& [device, used] : memory().used) sum += used;
  return sum;
}

}  // namespace convlstm::cuda::emulated
