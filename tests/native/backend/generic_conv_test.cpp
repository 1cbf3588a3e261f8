// The convolution layer against the reference, on every instruction set of this machine.
#include <gtest/gtest.h>

#include "support/agreement.h"

namespace convlstm::test {
namespace {

TEST(GenericConv, RandomConvolutions_MatchReference) {
  const Devices devices;
  Random random(77);
  for (int k = 0; k < 60; ++k) {
    ConvDesc desc;
    desc.bias = random.below(3) ? CLN_BIAS_ONE : CLN_BIAS_NONE;
    desc.input_channels = pick(random, {1, 2, 5, 13});
    desc.output_channels = pick(random, {1, 3, 4, 9, 16});
    desc.kernel = {pick(random, {1, 1, 2, 3, 5}), pick(random, {1, 1, 3, 4})};
    const InputShape shape{pick(random, {1, 2, 3}),
                           {pick(random, {1, 3, 6, 13}), pick(random, {1, 5, 16, 21})}};
    Problem problem = make_problem(random, desc, shape, pick(random, {1, 2, 4, 7}), false);
    problem.want_dx = random.below(4) != 0;
    if (random.below(8) == 0) problem.dy.clear();
    check(devices, "generic", problem);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace convlstm::test
