// What a run gives, array by array, and how far two of them are apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/objects.h"

namespace convlstm::test {

struct NamedArray {
  enum class Kind { kOutput, kState, kInputGradient, kStateGradient, kParameterGradient };
  std::string name;
  Kind kind;
  Floats values;
  bool is_gradient() const { return kind > Kind::kState; }
};

using Outcome = std::vector<NamedArray>;

// Differences are measured by the largest value of their array, or by this part of the largest of all
// gradients (of 1 for outputs and states) where that is more: what cancels to almost nothing still carries
// the rounding of what it was.
inline constexpr float kFloor = 0.05f;

// Nothing where no difference is above `tolerance`; else what is wrong first. With `slack`, of the same
// arrays, an element may be off by so much more.
std::optional<std::string> compare(const Outcome& expected, const Outcome& actual, float tolerance,
                                   const Outcome* slack = nullptr);

// The same, but all except gradients of parameters must be the same bits.
std::optional<std::string> compare_bits(const Outcome& expected, const Outcome& actual, float tolerance);

// Raises each array of `spread` to the largest difference of any element of `other` and `expected`.
void widen(Outcome& spread, const Outcome& expected, const Outcome& other);

}  // namespace convlstm::test
