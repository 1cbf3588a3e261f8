#pragma once

#include <memory>

#include "backend/backend.h"

namespace convlstm::cpu {

// A backend over the processor's own memory. `threads` 0: as many as there are processors for this process.
std::shared_ptr<Backend> make_cpu_backend(int threads, cln_policy policy);

}  // namespace convlstm::cpu
