#pragma once

#include <memory>

#include "backend/backend.h"
#include "backend/device_report.h"

namespace convlstm::cpu {

// A backend over the processor's own memory. `threads` 0: as many as there are processors for this process.
std::shared_ptr<Backend> make_cpu_backend(int threads, cln_policy policy);

// The processor, its memory and the instruction sets that there are kernels for.
DeviceReport report_cpu();

// As the system tells it, such as "AMD EPYC 9B14"; "cpu" where it does not.
std::string processor_name();

}  // namespace convlstm::cpu
