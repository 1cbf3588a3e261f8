#include "backend/cuda/emulated_branches.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>

#include "backend/cuda/emulated_stream.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr std::uint64_t kHasty = 4;  // of so many turns the first branch that can gets all but one

std::atomic<std::uint64_t> order{0};  // of the next run

}  // namespace

void set_branch_order(std::uint64_t seed) {
  order = seed;
}

void BranchedWork::select(int branch) {
  if (branch < 0 || static_cast<std::size_t>(branch) >= last_.size())
    fail(CLN_INTERNAL_ERROR, "cuda: expected one of ", last_.size(), " branches, got number ", branch);
  selected_ = static_cast<std::size_t>(branch);
}

void BranchedWork::wait(int mark) {
  const auto found = marks_.find(mark);
  if (found == marks_.end())
    fail(CLN_INTERNAL_ERROR, "cuda: expected a mark of these branches to wait for, got ", mark);
  if (found->second) add_piece(nullptr, found->second);
}

void BranchedWork::add_piece(std::function<void()> work, Number waits_for) {
  pieces_.push_back({std::move(work), selected_, waits_for});
  last_[selected_] = pieces_.size() - 1;
}

void BranchedWork::run() const {
  std::mt19937_64 random(order++);
  std::vector<std::vector<std::size_t>> left(last_.size());  // of each branch, the next one last
  for (std::size_t k = pieces_.size(); k-- > 0;) left[pieces_[k].branch].push_back(k);
  std::vector<bool> has_run(pieces_.size());
  std::vector<std::size_t> ranks(last_.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::shuffle(ranks.begin(), ranks.end(), random);
  const auto is_ready = [&](const Number& piece) { return !piece || has_run[*piece]; };
  for (std::size_t count = 0; count < pieces_.size(); ++count) {
    if (random() % kHasty == 0) std::swap(ranks.front(), ranks[random() % ranks.size()]);
    // There is one: pieces wait for older ones alone.
    const std::size_t branch = *std::find_if(ranks.begin(), ranks.end(), [&](std::size_t of) {
      return !left[of].empty() && is_ready(pieces_[left[of].back()].waits_for);
    });
    const std::size_t next = left[branch].back();
    left[branch].pop_back();
    if (pieces_[next].work) pieces_[next].work();
    has_run[next] = true;
  }
}

}  // namespace convlstm::cuda::emulated
