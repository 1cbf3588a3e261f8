#pragma once

#include "options.h"

namespace convlstm::benchmarks {

// Registers the cells and knobs that the shapes of the project do not have, forward and as a training step.
void register_cell_benchmarks(const Options& options);

}  // namespace convlstm::benchmarks
