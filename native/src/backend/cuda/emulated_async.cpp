#include "backend/cuda/emulated_async.h"

#include <cstring>
#include <map>
#include <vector>

#include "backend/cuda/emulated_block.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr std::int64_t kMostCount = (1 << 20) - 1;  // of arrivals; of bytes

struct Copy {
  TensorMap map;
  CopyPlace place;
  std::size_t offset;
  std::int64_t bytes;
};

struct Barrier {
  int arrivals = 0, lacking = 0;
  std::int64_t bytes = 0;  // expected, of this phase
  unsigned phase = 0;
  int maker = 0;
  bool is_fenced = false;
  std::vector<Copy> running;
  std::vector<int> waiting;

  std::int64_t missing_bytes() const {
    std::int64_t missing = bytes;
    for (const Copy& copy : running) missing -= copy.bytes;
    return missing;
  }
  // Ends the phase where its copies are all that it lacks.
  void settle() {
    if (lacking != 0 || missing_bytes() != 0) return;
    for (const Copy& copy : running) copy_box(copy.map, copy.place, shared_memory(), copy.offset);
    running.clear();
    bytes = 0;
    lacking = arrivals;
    ++phase;
    for (const int thread : waiting) wake(thread);
    waiting.clear();
  }
};

class Barriers final : public BlockPart {
 public:
  Barrier& make(std::size_t offset) { return all_[offset] = {}; }
  Barrier& at(const void* address) {
    const auto found = all_.find(shared_offset(address, 8));
    if (found == all_.end()) fail(CLN_INTERNAL_ERROR, "kernel: expected a barrier that was made");
    return found->second;
  }
  void fence(int thread) {
    for (auto& [offset, barrier] : all_) barrier.is_fenced |= barrier.maker == thread;
  }
  std::string waits() const override {
    std::string text;
    for (const auto& [offset, barrier] : all_)
      if (!barrier.waiting.empty())
        text += "; the barrier at byte " + std::to_string(offset) + " lacks " +
                std::to_string(barrier.lacking) + " arrivals and " + std::to_string(barrier.missing_bytes()) +
                " bytes";
    return text;
  }
  void end() override {
    for (const auto& [offset, barrier] : all_)
      if (!barrier.running.empty())
        fail(CLN_INTERNAL_ERROR, "kernel: nobody waits for a copy into a block that ends");
  }

 private:
  std::map<std::size_t, Barrier> all_;
};

Barriers& barriers() {
  return static_cast<Barriers&>(
      block_part(+[]() -> std::unique_ptr<BlockPart> { return std::make_unique<Barriers>(); }));
}

}  // namespace

void init_barrier(const void* barrier, int arrivals) {
  const std::size_t offset = shared_offset(barrier, 8);
  if (offset % 8 != 0) fail(CLN_INTERNAL_ERROR, "kernel: expected a barrier that is aligned to 8 bytes");
  if (arrivals < 1 || arrivals > kMostCount)
    fail(CLN_INTERNAL_ERROR, "kernel: expected 1 to ", kMostCount, " arrivals, got ", arrivals);
  Barrier& made = barriers().make(offset);
  made.arrivals = made.lacking = arrivals;
  made.maker = current_thread();
}

void fence_barriers() {
  barriers().fence(current_thread());
}

void expect_bytes(const void* barrier, std::int64_t bytes) {
  Barrier& own = barriers().at(barrier);
  own.settle();
  own.bytes += bytes;
  if (own.bytes > kMostCount) fail(CLN_INTERNAL_ERROR, "kernel: a barrier expects ", own.bytes, " bytes");
}

void arrive(const void* barrier) {
  Barrier& own = barriers().at(barrier);
  if (own.lacking == 0) own.settle();
  if (own.lacking == 0) fail(CLN_INTERNAL_ERROR, "kernel: more arrivals than a barrier expects");
  --own.lacking;
  if (own.running.empty() || !own.waiting.empty()) own.settle();
}

void wait_barrier(const void* barrier, unsigned parity) {
  Barrier& own = barriers().at(barrier);
  own.settle();
  while ((own.phase & 1) == parity) {
    own.waiting.push_back(current_thread());
    pause();
    own.settle();
  }
}

void copy_mapped(void* shared, const TensorMap& map, bool is_pixels, const void* barrier,
                 const CopyPlace& place) {
  Barrier& own = barriers().at(barrier);
  if (!own.is_fenced) fail(CLN_INTERNAL_ERROR, "kernel: expected a barrier that was fenced");
  const MapCopy copy = check_copy(map, is_pixels, place);
  const std::size_t offset = shared_offset(shared, static_cast<std::size_t>(copy.bytes));
  if (offset % 128 != 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected a copy into memory aligned to 128 bytes, got byte ", offset);
  std::memset(shared, 0xff, static_cast<std::size_t>(copy.bytes));
  own.running.push_back({map, place, offset, copy.bytes});
  if (!own.waiting.empty()) own.settle();
}

}  // namespace convlstm::cuda::emulated
