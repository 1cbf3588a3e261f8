// Cases that once failed, as the proof printed them.
#include <gtest/gtest.h>

#include "support/proof.h"
#include "support/rules.h"

namespace convlstm::test {
namespace {

class RegressionTest : public testing::TestWithParam<const char*> {};

TEST_P(RegressionTest, Case_EveryExecutor_EqualsReference) {
  const Case tested = parse_case(GetParam());
  if (!has_instruction_set(tested)) GTEST_SKIP() << "the machine lacks the instruction set";
  const Verdict verdict = prove(tested);
  EXPECT_FALSE(verdict.failure.has_value()) << *verdict.failure;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RegressionTest,
    testing::Values(
        // A gate just below 1, rounded to bfloat16, is 1, where a hard sigmoid has no slope.
        "peephole=per_pixel bias=two forget_bias=1 gate=hard_keras2 direction=bidirectional merge=sum "
        "layers=3 "
        "storage=bfloat16 input_dropout=0.4 input_kernel=2,1,2 input_channels=0 hidden_channels=17 batch=2 "
        "size=3,1,2 "
        "steps=4 seed=361071",
        // The gradient of a bias before a normalization is 0, the sum of what cancels.
        "bias=one normalization=group epsilon=1e-5 hidden_channels=4 size=1,2,1 seed=460839",
        // Layers of normalizations over two pixels each.
        "cell=conv_gru rank=1 layout=nthwc bias=one gate=hard_keras3 activation=linear normalization=group "
        "epsilon=1e-5 "
        "layers=3 input_dropout=0.4 input_kernel=2,1,2 hidden_channels=6 size=2,2,2 seed=212670",
        // The reference keeps 64-bit states; the segments of a sequence hand each other 32-bit ones.
        "steps=3 truncate=1 seed=604220", "steps=3 checkpoint=1 seed=927912",
        // Sums of gradients over one step at a time, in another order.
        "rank=3 normalization=group epsilon=1e-5 input_channels=0 batch=2 size=4,5,3 steps=3 state=given "
        "gradients=no_dy "
        "checkpoint=1 seed=718674"));

}  // namespace
}  // namespace convlstm::test
