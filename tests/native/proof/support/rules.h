// Which cases are valid.
#pragma once

#include <string_view>
#include <vector>

#include "support/case.h"

namespace convlstm::test {

// The header's rules of descriptions and sessions that a case breaks: the library must refuse it.
std::vector<std::string_view> broken_rules(const Case& tested);

// How far a case is from one that can be run: 0 where it can. Beside the header's rules it counts what keeps
// the proof short, its bounds tight and its coverage honest: no case is too costly, normalizations see
// numbers that differ, no knob is set where it does nothing, the machine has the instruction set.
double distance_to_valid(const Case& tested);

inline bool is_valid(const Case& tested) {
  return distance_to_valid(tested) == 0;
}

// Instruction sets of this machine, by the values of the knob.
bool has_instruction_set(const Case& tested);

}  // namespace convlstm::test
