#pragma once

#include "options.h"

namespace convlstm::benchmarks {

// Registers this library alone: forward, single steps and training step of every shape, in every mode.
void register_core_benchmarks(const Options& options);

}  // namespace convlstm::benchmarks
