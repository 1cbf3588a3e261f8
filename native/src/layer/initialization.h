#pragma once

#include <vector>

#include "cell/parameters.h"
#include "core/random.h"

namespace convlstm {

// The initial values of a parameter: a kernel gets the uniform distribution of Glorot and Bengio 2010 over
// +-sqrt(6 / (fan_in + fan_out)), with the fans of the array as it is (all gates are outputs), a scale ones,
// anything else zeros.
std::vector<float> initial_values(const ParameterShape& shape, Random& random);

}  // namespace convlstm
