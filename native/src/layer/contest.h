#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "layer/tuning_file.h"

namespace convlstm {

// Measures inference of a few steps on each of the contenders, which take turns, and gives the fastest; among
// equals the first. Works on parameters and arrays of its own.
TuningEntry fastest_of(const std::shared_ptr<Backend>& backend, const LayerDesc& desc,
                       const InputShape& shape, const std::vector<std::string>& contenders);

}  // namespace convlstm
