// What is queued on the branches of an emulated stream, and what must have run before what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace convlstm::cuda::emulated {

// Built by one thread; then run() may be called by any, and any number of times.
class BranchedWork {
 public:
  explicit BranchedWork(int branches) : last_(static_cast<std::size_t>(branches)) {}

  // As Stream has them; they throw where there is no such branch or mark.
  void select(int branch);
  void mark(int mark) { marks_[mark] = last_[selected_]; }
  void wait(int mark);
  void add(std::function<void()> work) { add_piece(std::move(work), {}); }

  // One piece after the other, each as soon as may be or as late, in another order every time: where a wait
  // is missing, sooner or later what should have come first comes last.
  void run() const;

 private:
  using Number = std::optional<std::size_t>;  // of a piece; none: of nothing, which has always run
  struct Piece {
    std::function<void()> work;  // null: it only waits
    std::size_t branch;
    Number waits_for;
  };
  void add_piece(std::function<void()> work, Number waits_for);

  std::vector<Piece> pieces_;
  std::vector<Number> last_;  // of each branch
  std::map<int, Number> marks_;
  std::size_t selected_ = 0;
};

}  // namespace convlstm::cuda::emulated
