#include "backend/cuda/arena.h"

#include <iterator>

#include "core/error.h"

namespace convlstm::cuda {
namespace {

constexpr std::size_t kAlignment = 256;
// What is asked of the device at once at least; more than that is asked for in multiples of it.
constexpr std::size_t kSegment = std::size_t{2} << 20;
constexpr std::size_t kAddressSpace = std::size_t{1} << 47;

constexpr std::size_t round_up(std::size_t bytes, std::size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

}  // namespace

Arena::~Arena() {
  // The stream is the older one: it has not gone, but what it still runs may use the memory.
  try {
    stream_.synchronize();
  } catch (...) {  // what the queue met has nobody left to be told
  }
  const Use before = use_;
  for (const auto& [data, bytes] : segments_) stream_.release(data);
  use_.held = use_.asked = 0;
  count_change(before);
}

void* Arena::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (stream_.is_recording()) fail(CLN_INTERNAL_ERROR, "cuda: expected no recording, got an allocation");
  if (stream_.is_forked()) fail(CLN_INTERNAL_ERROR, "cuda: expected no branches, got an allocation");
  const std::scoped_lock lock(mutex_);
  const Use before = use_;
  void* memory = nullptr;
  if (bytes < kAddressSpace) {
    const std::size_t rounded = round_up(bytes, kAlignment);
    memory = take(rounded, bytes);
    if (memory == nullptr) {
      if (!grow(rounded)) {
        give_back_idle_segments();
        grow(rounded);
      }
      memory = take(rounded, bytes);
    }
  }
  count_change(before);
  if (memory == nullptr)
    fail(CLN_OUT_OF_MEMORY, "CUDA device ", stream_.device_index(), " has no ", bytes, " bytes of memory; ",
         use_.asked, " bytes are in use by this context");
  return memory;
}

void* Arena::take(std::size_t bytes, std::size_t asked) {
  const auto best = idle_.lower_bound({bytes, nullptr});
  if (best == idle_.end()) return nullptr;
  char* const data = best->second;
  idle_.erase(best);
  const auto piece = pieces_.find(data);
  if (piece->second.bytes > bytes) {
    const auto rest =
        pieces_.emplace(data + bytes, Piece{piece->second.bytes - bytes, 0, piece->second.segment});
    piece->second.bytes = bytes;
    idle_.insert({rest.first->second.bytes, data + bytes});
  }
  piece->second.asked = asked;
  use_.asked += asked;
  return data;
}

bool Arena::grow(std::size_t bytes) {
  // A device that is almost full may have what is needed and no more.
  for (const std::size_t wanted : {round_up(bytes, kSegment), bytes}) {
    auto* const data = static_cast<char*>(stream_.allocate(wanted));
    if (data == nullptr) continue;
    segments_[data] = wanted;
    use_.held += wanted;
    set_idle(pieces_.emplace(data, Piece{wanted, 0, data}).first);
    return true;
  }
  return false;
}

void Arena::give_back_idle_segments() {
  stream_.synchronize();  // queued work may still use what was given back to the arena
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    const auto piece = pieces_.find(segment->first);
    if (piece->second.asked != 0 || piece->second.bytes != segment->second) {
      ++segment;
      continue;
    }
    idle_.erase({piece->second.bytes, piece->first});
    pieces_.erase(piece);
    stream_.release(segment->first);
    use_.held -= segment->second;
    segment = segments_.erase(segment);
  }
}

void Arena::release(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::scoped_lock lock(mutex_);
  const Use before = use_;
  auto piece = pieces_.find(static_cast<char*>(memory));
  stream_.forget(memory, piece->second.bytes);
  use_.asked -= piece->second.asked;
  piece->second.asked = 0;
  const auto is_idle_neighbour = [&](Pieces::iterator other) {
    return other->second.asked == 0 && other->second.segment == piece->second.segment;
  };
  if (const auto next = std::next(piece); next != pieces_.end() && is_idle_neighbour(next)) {
    idle_.erase({next->second.bytes, next->first});
    piece->second.bytes += next->second.bytes;
    pieces_.erase(next);
  }
  if (piece != pieces_.begin() && is_idle_neighbour(std::prev(piece))) {
    const auto previous = std::prev(piece);
    idle_.erase({previous->second.bytes, previous->first});
    previous->second.bytes += piece->second.bytes;
    pieces_.erase(piece);
    piece = previous;
  }
  set_idle(piece);
  count_change(before);
}

void Arena::set_idle(Pieces::iterator piece) {
  idle_.insert({piece->second.bytes, piece->first});
}

Arena::Use Arena::use() const {
  const std::scoped_lock lock(mutex_);
  return use_;
}

void Arena::count_change(const Use& before) noexcept {
  const auto spare = [](const Use& use) { return static_cast<std::int64_t>(use.held - use.asked); };
  if (count_ != nullptr && spare(use_) != spare(before)) count_(spare(use_) - spare(before));
}

}  // namespace convlstm::cuda
