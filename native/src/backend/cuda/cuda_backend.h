#pragma once

#include <memory>

#include "backend/plugin.h"

namespace convlstm::cuda {

// A backend over one CUDA device, with a queue and an arena of its own. Throws Error(CLN_UNSUPPORTED) where
// the device or cuDNN is not there.
std::shared_ptr<Backend> make_cuda_backend(int device_index, cln_policy policy, const Math& math,
                                           CountBytes count);

// The driver, the devices and cuDNN.
DeviceReport report_cuda();

}  // namespace convlstm::cuda
