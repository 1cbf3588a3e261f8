// Gradients against differences.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "support/subject.h"

namespace convlstm::test {

// Makes the subject whose numbers are shaken by so much in a direction.
using Shake = std::function<Subject(float by, std::uint64_t direction)>;

// The slope of the loss along random directions, by the gradients of `trained` and by the difference of two
// losses. Nothing where they agree in one of them: what kinks and bends of functions do to a difference goes
// away as its step shrinks.
std::optional<std::string> compare_slopes(const Subject& subject, const Outcome& trained, const Shake& shake);

}  // namespace convlstm::test
