// What pairwise coverage counts: the values of the knobs that matter, as far as they have an effect in a
// case.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "support/case.h"

namespace convlstm::test {

struct Feature {
  std::string_view name;
  std::size_t value_count;
  // Nothing where the feature has no meaning: the padding of a layer without input.
  std::optional<std::size_t> (*value_of)(const Case& tested);
};

std::span<const Feature> features();

}  // namespace convlstm::test
