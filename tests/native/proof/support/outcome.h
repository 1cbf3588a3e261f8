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

// Differences are measured by the largest value of their array, or by a part of the largest of all gradients
// (of 1 for outputs and states) where that is more: what cancels to almost nothing still carries the rounding
// of what it was.
struct Bound {
  float tolerance;
  float floor = 0.05f;           // of outputs and states
  float gradient_floor = 0.05f;  // of the largest gradient
};

// Nothing where no difference is above the bound; else what is wrong first. With `slack`, which begins with
// the same arrays, an element may be off by so much more.
std::optional<std::string> compare(const Outcome& expected, const Outcome& actual, const Bound& bound,
                                   const Outcome* slack = nullptr);

// The same, but all except gradients of parameters must be the same bits.
std::optional<std::string> compare_bits(const Outcome& expected, const Outcome& actual, const Bound& bound);

// Raises each array of `spread` to the largest difference of any element of `other` and `expected`.
void widen(Outcome& spread, const Outcome& expected, const Outcome& other);

}  // namespace convlstm::test
