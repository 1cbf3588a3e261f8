#include "backend/cuda/emulated_block.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/emulated_fibers.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr int kLanes = 32, kVectorBytes = 16;
std::atomic<std::int64_t> group_count{0}, conflict_count{0}, flag_waits{0};
std::atomic<int> forgotten_waits{0};

struct Copy {
  std::byte* to;
  const std::byte* from;  // null: zeros
  std::size_t bytes;
};

struct Flag {
  const std::uint32_t* at = nullptr;
  std::uint32_t least = 0;
  bool is_up() const { return at == nullptr || static_cast<std::int32_t>(*at - least) >= 0; }
};

class Block {
 public:
  Block(int threads, std::size_t shared_bytes, const std::function<void(int, std::byte*)>& body,
        int first_stack = 0)
      : count_(threads),
        threads_(static_cast<std::size_t>(threads)),
        warps_(static_cast<std::size_t>(threads / kLanes)),
        memory_(shared_bytes + kAlignment, std::byte{0xff}),
        shared_bytes_(shared_bytes),
        fibers_(
            threads, [this, &body](int thread) { run_thread(thread, body); }, first_stack) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    shared_ = memory_.data() + (kAlignment - address % kAlignment) % kAlignment;
  }

  // Whether it got any further.
  bool turn() {
    bool is_moving = false;
    for (int warp = count_ / kLanes; warp-- > 0 && !error_;) is_moving |= run_warp(warp);
    if (error_) std::rethrow_exception(error_);
    return is_moving;
  }
  bool has_ended() const { return left_ == 0; }

  void run() {
    while (left_ > 0 && turn()) {
    }
    if (left_ > 0)
      fail(CLN_INTERNAL_ERROR, "kernel: ", left_, " of ", count_, " threads wait for ever", waits());
    for (const auto& [make, part] : parts_) part->end();
  }

  BlockPart& part(std::unique_ptr<BlockPart> (*make)()) {
    std::unique_ptr<BlockPart>& own = parts_[make];
    if (own == nullptr) own = make();
    return *own;
  }
  int current() const { return current_; }
  std::byte* shared() const { return shared_; }
  void wake(int thread) { threads_[static_cast<std::size_t>(thread)].is_waiting = false; }
  void wait() {
    own().is_waiting = true;
    fibers_.suspend();
  }

  void sync() {
    if (++at_barrier_ == count_) {
      at_barrier_ = 0;
      for (Thread& thread : threads_) thread.is_waiting = false;
      return;
    }
    wait();
  }

  void wait_for(const Flag& flag) {
    if (flag.is_up()) return;
    own().flag = flag;
    fibers_.suspend();
  }

  void with_warp(WarpRun work, void* own) {
    Warp& warp = warps_[static_cast<std::size_t>(current_ / kLanes)];
    if (warp.arrived == 0) warp.run = work;
    if (warp.run != work) fail(CLN_INTERNAL_ERROR, "kernel: threads of a warp do different things together");
    warp.lanes[static_cast<std::size_t>(current_ % kLanes)] = own;
    if (++warp.arrived < kLanes) return wait();
    warp.arrived = 0;
    work(warp.lanes.data());
    const int first = current_ / kLanes * kLanes;
    for (int k = first; k < first + kLanes; ++k) threads_[static_cast<std::size_t>(k)].is_waiting = false;
  }

  std::size_t offset(const void* address, std::size_t bytes) const {
    const auto* const at = static_cast<const std::byte*>(address);
    if (at < shared_ || at + bytes > shared_ + shared_bytes_)
      fail(CLN_INTERNAL_ERROR, "kernel: ", bytes, " bytes outside of shared memory");
    return static_cast<std::size_t>(at - shared_);
  }
  std::byte* in_shared(const void* address, std::size_t bytes) const {
    auto* const at = shared_ + offset(address, bytes);
    if ((at - shared_) % static_cast<std::ptrdiff_t>(bytes) != 0)
      fail(CLN_INTERNAL_ERROR, "kernel: expected an address that is a multiple of ", bytes);
    return at;
  }

  void start(const Copy& copy) {
    std::memset(copy.to, 0xff, copy.bytes);
    own().open.push_back(copy);
  }
  void commit() {
    own().groups.push_back(std::move(own().open));
    own().open.clear();
  }
  void finish(std::size_t running) {
    for (auto& groups = own().groups; groups.size() > running; groups.pop_front())
      for (const Copy& copy : groups.front()) {
        if (copy.from != nullptr)
          std::memcpy(copy.to, copy.from, copy.bytes);
        else
          std::memset(copy.to, 0, copy.bytes);
      }
  }

 private:
  static constexpr std::size_t kAlignment = 1024;

  struct Thread {
    bool is_waiting = false, has_ended = false;
    Flag flag;  // that it waits for
    std::vector<Copy> open;
    std::deque<std::vector<Copy>> groups;  // the oldest first
  };
  struct Warp {
    int arrived = 0;
    WarpRun run = nullptr;
    std::array<void*, kLanes> lanes{};
  };

  Thread& own() { return threads_[static_cast<std::size_t>(current_)]; }
  std::string waits() const {
    std::string all;
    for (const auto& [make, part] : parts_) all += part->waits();
    return all;
  }

  void run_thread(int thread, const std::function<void(int, std::byte*)>& body) {
    try {
      body(thread, shared_);
    } catch (...) {
      if (!error_) error_ = std::current_exception();
    }
  }

  // Until all its threads wait for another warp or have ended; whether it got any further.
  bool run_warp(int warp) {
    bool was_moving = false;
    for (bool is_moving = true; is_moving && !error_; was_moving |= is_moving) {
      is_moving = false;
      for (int k = (warp + 1) * kLanes; k-- > warp * kLanes && !error_;) {
        Thread& thread = threads_[static_cast<std::size_t>(k)];
        if (thread.has_ended || thread.is_waiting || !thread.flag.is_up()) continue;
        thread.flag = {};
        is_moving = true;
        current_ = k;
        if (fibers_.resume(k)) continue;
        thread.has_ended = true;
        --left_;
      }
    }
    return was_moving;
  }

  int count_, current_ = 0, at_barrier_ = 0, left_ = count_;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<std::byte> memory_;
  std::byte* shared_ = nullptr;
  std::size_t shared_bytes_;
  std::exception_ptr error_;
  std::map<std::unique_ptr<BlockPart> (*)(), std::unique_ptr<BlockPart>> parts_;
  Fibers fibers_;
};

thread_local Block* block = nullptr;

// Of 8 rows of 16 bytes: how many lie in the banks of another, beyond the first. The same row for several
// lanes is read once.
void count_conflicts(const std::byte* const* rows) {
  int in_banks[8] = {};
  for (int k = 0; k < 8; ++k)
    if (std::find(rows, rows + k, rows[k]) == rows + k)
      ++in_banks[reinterpret_cast<std::uintptr_t>(rows[k]) / kVectorBytes % 8];
  ++group_count;
  conflict_count += *std::max_element(std::begin(in_banks), std::end(in_banks)) - 1;
}

struct MatrixLoad {
  std::uint32_t* to;
  const std::byte* row;
};

template <bool kIsTurned>
void load_for_warp(void* const* lanes) {
  const std::byte* rows[kLanes];
  for (int k = 0; k < kLanes; ++k) rows[k] = static_cast<const MatrixLoad*>(lanes[k])->row;
  for (int matrix = 0; matrix < 4; ++matrix) {
    const std::byte* const* const own = rows + 8 * matrix;
    count_conflicts(own);
    for (int k = 0; k < kLanes; ++k) {
      auto* const to = reinterpret_cast<std::byte*>(static_cast<MatrixLoad*>(lanes[k])->to + matrix);
      if (kIsTurned)
        for (int half = 0; half < 2; ++half)
          std::memcpy(to + 2 * half, own[2 * (k % 4) + half] + 2 * (k / 4), 2);
      else
        std::memcpy(to, own[k / 4] + 4 * (k % 4), 4);
    }
  }
}

}  // namespace

void run_block(int threads, std::size_t shared_bytes, const std::function<void(int, std::byte*)>& body) {
  Block own(threads, shared_bytes, body);
  block = &own;
  own.run();
}

struct BlockInTurns::Own {
  std::function<void(int, std::byte*)> body;
  Block block;
  Own(int threads, std::size_t shared_bytes, std::function<void(int, std::byte*)> given, int first_stack)
      : body(std::move(given)), block(threads, shared_bytes, body, first_stack) {}
};

BlockInTurns::BlockInTurns(int threads, std::size_t shared_bytes, std::function<void(int, std::byte*)> body,
                           int first_stack)
    : own_(std::make_unique<Own>(threads, shared_bytes, std::move(body), first_stack)) {}
BlockInTurns::~BlockInTurns() = default;

bool BlockInTurns::turn() {
  block = &own_->block;
  return own_->block.turn();
}
bool BlockInTurns::has_ended() const {
  return own_->block.has_ended();
}
std::byte* BlockInTurns::shared_memory() const {
  return own_->block.shared();
}

void sync_threads() {
  block->sync();
}
void wait_for_flag(const std::uint32_t* flag, std::uint32_t least) {
  if (forgotten_waits > 0 && ++flag_waits % forgotten_waits == 0) return;
  pause_until(flag, least);
}
void set_forgotten_waits(int every) {
  forgotten_waits = every;
}
void with_warp(WarpRun run, void* own) {
  block->with_warp(run, own);
}
void load_matrices(std::uint32_t (&to)[4], const void* row) {
  MatrixLoad load{to, block->in_shared(row, kVectorBytes)};
  block->with_warp(load_for_warp<false>, &load);
}
void load_turned_matrices(std::uint32_t (&to)[4], const void* row) {
  MatrixLoad load{to, block->in_shared(row, kVectorBytes)};
  block->with_warp(load_for_warp<true>, &load);
}
void copy_async(void* shared, const void* global, int bytes, bool is_there) {
  const auto count = static_cast<std::size_t>(bytes);
  if (is_there && reinterpret_cast<std::uintptr_t>(global) % count != 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected an address that is a multiple of ", bytes);
  block->start(
      {block->in_shared(shared, count), is_there ? static_cast<const std::byte*>(global) : nullptr, count});
}
void commit_copies() {
  block->commit();
}
void wait_copies(int running) {
  block->finish(static_cast<std::size_t>(running));
}

int current_thread() {
  return block->current();
}
void pause() {
  block->wait();
}
void pause_until(const std::uint32_t* count, std::uint32_t least) {
  block->wait_for({count, least});
}
void wake(int thread) {
  block->wake(thread);
}
std::byte* shared_memory() {
  return block->shared();
}
std::size_t shared_offset(const void* address, std::size_t bytes) {
  return block->offset(address, bytes);
}
BlockPart& block_part(std::unique_ptr<BlockPart> (*make)()) {
  return block->part(make);
}

LoadCounts load_counts() {
  return {group_count, conflict_count};
}

}  // namespace convlstm::cuda::emulated
