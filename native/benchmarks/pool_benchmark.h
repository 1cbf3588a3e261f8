#pragma once

#include "options.h"

namespace convlstm::benchmarks {

// Registers what a region of the thread pool costs, and many contexts at once beside one after another.
void register_pool_benchmarks(const Options& options);

}  // namespace convlstm::benchmarks
