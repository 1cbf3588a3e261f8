// The convolution layer against the reference, on every instruction set of this machine.
#include <gtest/gtest.h>

#include "support/agreement.h"
#include "support/random_shapes.h"

namespace convlstm::test {
namespace {

TEST(GenericConv, RandomConvolutions_MatchReference) {
  const Devices devices;
  Random random(77);
  for (int k = 0; k < 90; ++k) {
    ConvDesc desc;
    desc.bias = random.below(3) ? CLN_BIAS_ONE : CLN_BIAS_NONE;
    desc.input_channels = pick(random, {1, 2, 5, 13});
    desc.output_channels = pick(random, {1, 3, 4, 9, 16});
    const int rank = 1 + static_cast<int>(random.below(3));
    desc.kernel = random_size(random, rank, {1, 1, 2, 3, 4, 5});
    const InputShape shape{pick(random, {1, 2, 3}), rank == 3 ? random_size(random, rank, {1, 2, 5, 6})
                                                              : random_size(random, rank, {1, 3, 6, 16, 21})};
    Problem problem = make_problem(random, desc, shape, pick(random, {1, 2, 4, 7}), false);
    problem.want_dx = random.below(4) != 0;
    if (random.below(8) == 0) problem.dy.clear();
    check(devices, "generic", problem);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace convlstm::test
