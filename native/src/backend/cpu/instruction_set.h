// Which vector instructions the kernels use.
#pragma once

#include <vector>

#include "backend/cpu/kernels.h"

namespace convlstm::cpu {

// Those that this machine can run, best first; the last one always can.
std::vector<const Kernels*> available_kernels();

// The best, or the one that CLN_INSTRUCTION_SET names; throws Error(CLN_UNSUPPORTED) where this machine or
// this build does not have it.
const Kernels& select_kernels();

}  // namespace convlstm::cpu
