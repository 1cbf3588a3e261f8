// Finding valid cases.
#pragma once

#include <optional>
#include <random>
#include <span>

#include "support/case.h"

namespace convlstm::test {

// That a feature (by its place in features()) has a value.
struct Wish {
  std::size_t feature = 0;
  std::size_t value = 0;
  bool operator==(const Wish&) const = default;
};

// A valid case in which all wishes hold: from a random start, by changes of single knobs that bring it no
// further away. Nothing where `changes` of them did not get there.
std::optional<Case> find_case(std::span<const Wish> wishes, std::mt19937_64& random, int changes);

// A valid case by chance alone.
Case random_case(std::mt19937_64& random);

}  // namespace convlstm::test
