// Random recurrent layers with any knob, and runs of them.
#pragma once

#include "support/problem.h"

namespace convlstm::test {

Problem random_problem(Random& random, cln_cell cell, cln_storage storage);

}  // namespace convlstm::test
