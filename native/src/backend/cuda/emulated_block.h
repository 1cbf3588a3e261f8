// A block of threads on the emulated device: one fiber a thread, and what threads do together, where they
// wait for each other. tensor_ops.h calls these; their meaning is told there.
//
// Threads of a warp run one after the other, and a warp as far as it can before the next one: whoever forgets
// to wait for another meets memory that is not there yet. Shared memory is NaN at first; what a copy will
// write is NaN from its start until its thread has waited for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace convlstm::cuda::emulated {

// Throws Error(CLN_INTERNAL_ERROR) where threads wait for each other for ever, where the threads of a warp do
// not the same together, and where a block leaves its shared memory.
void run_block(int threads, std::size_t shared_bytes,
               const std::function<void(int thread, std::byte* shared)>& body);

// A block that runs by turns beside others (emulated_grid.h).
class BlockInTurns {
 public:
  // Its stacks are numbered from `first_stack` on.
  BlockInTurns(int threads, std::size_t shared_bytes, std::function<void(int thread, std::byte* shared)> body,
               int first_stack);
  ~BlockInTurns();
  BlockInTurns(const BlockInTurns&) = delete;
  BlockInTurns& operator=(const BlockInTurns&) = delete;

  // Every warp as far as it can; whether any got further.
  bool turn();
  bool has_ended() const;
  std::byte* shared_memory() const;

 private:
  struct Own;
  std::unique_ptr<Own> own_;
};

void sync_threads();
// The thread goes on when *flag has come to `least`, counted modulo 2^32.
void wait_for_flag(const std::uint32_t* flag, std::uint32_t least);
// Every so many-th wait for a flag is not done, as by a kernel that has forgotten it; 0, as at first: all
// are.
void set_forgotten_waits(int every);

void load_matrices(std::uint32_t (&to)[4], const void* row);
void load_turned_matrices(std::uint32_t (&to)[4], const void* row);
void copy_async(void* shared, const void* global, int bytes, bool is_there);
void commit_copies();
void wait_copies(int running);

enum class Operand { kBfloat16, kFloat16, kTf32 };
void multiply_add(Operand operand, float (&sums)[4], const std::uint32_t (&a)[4],
                  const std::uint32_t (&b)[2]);

// Calls run(lanes), once, when all threads of the warp are here; lanes[k] is what lane k passed as `own`.
using WarpRun = void (*)(void* const* lanes);
void with_warp(WarpRun run, void* own);

// For instructions of other files. The thread that runs, and what it waits for:
int current_thread();
void pause();                                                       // until another thread wakes it
void pause_until(const std::uint32_t* count, std::uint32_t least);  // as wait_for_flag
void wake(int thread);  // may be done too early: what is waited for is looked at again
// The place of `bytes` of shared memory from its first byte on; throws where they leave it.
std::size_t shared_offset(const void* address, std::size_t bytes);
std::byte* shared_memory();

// What such a file keeps with the block that runs.
class BlockPart {
 public:
  virtual ~BlockPart() = default;
  virtual std::string waits() const { return {}; }  // what threads wait for, for an error
  virtual void end() {}                             // all threads have ended; throws where that is too early
};
BlockPart& block_part(std::unique_ptr<BlockPart> (*make)());

// What load_matrices did until now, on all blocks: groups of 8 rows, and how often a group had to wait since
// rows lie in the same banks.
struct LoadCounts {
  std::int64_t groups = 0, conflicts = 0;
};
LoadCounts load_counts();

}  // namespace convlstm::cuda::emulated
