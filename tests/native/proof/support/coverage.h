// Which pairs of values of two features have been seen together.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "support/case.h"
#include "support/search.h"

namespace convlstm::test {

using Pair = std::array<Wish, 2>;

class Coverage {
 public:
  Coverage();
  void record(const Case& tested);
  bool is_covered(const Pair& pair) const;
  std::vector<Pair> uncovered() const;
  std::size_t covered_count() const;
  std::size_t pair_count() const;

 private:
  std::size_t place_of(const Pair& pair) const;

  std::vector<std::size_t> first_value_;  // of each feature among the values of all
  std::size_t value_count_ = 0;
  std::vector<bool> seen_;  // by two values
};

std::string to_text(const Pair& pair);

// `count` valid cases: some by chance, then for each pair that these left out, then by chance again. The same
// for a seed, on machines of the same instruction sets.
std::vector<Case> generate_cases(std::uint64_t seed, std::size_t count);

}  // namespace convlstm::test
