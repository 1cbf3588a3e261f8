// The smallest case near a failing one that still fails.
#pragma once

#include <functional>

#include "support/case.h"

namespace convlstm::test {

// Takes each knob, again and again, as far back to its plainest value as the case stays valid and `fails`
// holds, with at most `tries` calls of it.
Case shrink(const Case& failing, const std::function<bool(const Case&)>& fails, int tries = 500);

}  // namespace convlstm::test
