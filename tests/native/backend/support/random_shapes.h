// Random sizes and convolutions of a rank.
#pragma once

#include <initializer_list>

#include "cell/convolution.h"
#include "core/random.h"

namespace convlstm::test {

// One of the values for each dimension that the rank has; 1 for the others.
Size3 random_size(Random& random, int rank, std::initializer_list<std::int64_t> values);

// Any kernel, stride or dilation, and padding that leaves at least one pixel of such an input.
InputConvolution random_convolution(Random& random, int rank, const Size3& input);

}  // namespace convlstm::test
