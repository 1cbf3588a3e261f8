// How a loop is cut for threads that may take over each other's work.
#pragma once

#include <algorithm>
#include <cstdint>

namespace convlstm {

// [0, count) cut evenly into `runs`, and every run into chunks of `most`, the last of them shorter or empty.
// With a run for each thread, ThreadPool::parallel_for over parts() begins with every thread in its own, and
// whoever is done takes chunks of the others.
class Chunks {
 public:
  struct Range {
    std::int64_t begin, end;
  };

  Chunks(std::int64_t count, std::int64_t runs, std::int64_t most)
      : count_(count),
        runs_(runs),
        most_(std::max<std::int64_t>(most, 1)),
        of_a_run_(((count + runs - 1) / runs + most_ - 1) / most_) {}

  std::int64_t parts() const { return runs_ * of_a_run_; }
  Range at(std::int64_t part) const {
    const std::int64_t run = part / of_a_run_, end = count_ * (run + 1) / runs_;
    const std::int64_t begin = std::min(end, count_ * run / runs_ + part % of_a_run_ * most_);
    return {begin, std::min(end, begin + most_)};
  }

 private:
  std::int64_t count_, runs_, most_, of_a_run_;
};

}  // namespace convlstm
