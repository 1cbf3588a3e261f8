// How near outcomes on the emulated device must be to those of the reference.
#pragma once

#include "backend/cuda/convolution.h"
#include "support/agreement.h"

namespace convlstm::test {

// By the precision, and by what the layer stores and normalizes.
Bounds bounds_of(const Problem& problem, const cuda::Precision& precision);

// `floor`: gradients of parameters are measured by this where they are smaller: what is left of a sum of
// rounded numbers that cancel.
void expect_near(const Outcome& actual, const Outcome& expected, const Bounds& bounds, double floor = 1e-3);

}  // namespace convlstm::test
