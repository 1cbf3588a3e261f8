// The backward functions of the cells against differences of their forward functions, in double precision.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "cell/conv_gru.h"
#include "cell/conv_lstm.h"
#include "cell/st_lstm.h"
#include "core/random.h"
#include "support/double_math.h"

namespace convlstm::test {
namespace {

using Numbers = std::vector<double>;
using Function = std::function<Numbers(const DoubleMath&, const Numbers&)>;

// A step: outputs of inputs; and gradients by the inputs, of the inputs followed by the gradients by the
// outputs.
void check(std::size_t inputs, const Function& forward, const Function& backward) {
  Random random(7);
  for (int k = 0; k < 200; ++k) {
    DoubleMath math;
    math.gate_kind = static_cast<cln_gate_activation>(random.below(3));
    math.cell_kind = static_cast<cln_cell_activation>(random.below(4));
    math.limit = random.below(2) ? 0 : 0.4;
    Numbers in(inputs);
    for (double& value : in) value = static_cast<double>(random.uniform(-1.5f, 1.5f));
    Numbers weights = forward(math, in);
    for (double& weight : weights) weight = static_cast<double>(random.uniform(-1, 1));
    const auto loss = [&](const Numbers& at) {
      const Numbers out = forward(math, at);
      double sum = 0;
      for (std::size_t j = 0; j < out.size(); ++j) sum += weights[j] * out[j];
      return sum;
    };
    Numbers all = in;
    all.insert(all.end(), weights.begin(), weights.end());
    const Numbers gradient = backward(math, all);
    ASSERT_EQ(gradient.size(), inputs);
    for (std::size_t j = 0; j < inputs; ++j) {
      constexpr double kStep = 1e-6;
      Numbers more = in, less = in;
      more[j] += kStep;
      less[j] -= kStep;
      EXPECT_NEAR(gradient[j], (loss(more) - loss(less)) / (2 * kStep), 1e-8)
          << "case " << k << " input " << j;
    }
  }
}

TEST(CellGradient, ConvLstm_MatchesDifferences) {
  // in: I F G O c pi pf po; out: h c'
  const auto step = [](const DoubleMath& math, const Numbers& v) {
    return conv_lstm::forward<DoubleMath, double>(math, {v[0], v[1], v[2], v[3]}, {v[5], v[6], v[7]}, v[4]);
  };
  check(
      8,
      [&](const DoubleMath& math, const Numbers& v) {
        const auto s = step(math, v);
        return Numbers{s.h, s.c};
      },
      [&](const DoubleMath& math, const Numbers& v) {
        const auto s = step(math, v);
        const auto d = conv_lstm::backward<DoubleMath, double>(math, s.gates, {v[5], v[6], v[7]}, v[4], s.c,
                                                               s.cell_c, v[8], v[9]);
        return Numbers{d.pre.i,    d.pre.f,        d.pre.g,        d.pre.o,
                       d.c_before, d.pre.i * v[4], d.pre.f * v[4], d.pre.o * s.c};
      });
}

TEST(CellGradient, ConvGru_MatchesDifferences) {
  // in: Z R N h, where N grows by reset_h, so that the gradient goes through it; out: h'
  const auto forward = [](const DoubleMath& math, const Numbers& v) {
    const auto opening = conv_gru::open(math, v[0], v[1], v[3]);
    return Numbers{conv_gru::close(math, v[2] + 2 * opening.reset_h, opening.z, v[3]).h};
  };
  check(4, forward, [](const DoubleMath& math, const Numbers& v) {
    const auto opening = conv_gru::open(math, v[0], v[1], v[3]);
    const auto closing = conv_gru::close(math, v[2] + 2 * opening.reset_h, opening.z, v[3]);
    const auto last = conv_gru::close_backward(math, opening.z, closing.n, v[3], v[4]);
    const auto first = conv_gru::open_backward(math, opening.r, v[3], 2 * last.pre_n);
    return Numbers{last.pre_z, first.pre_r, last.pre_n, last.h_before + first.h_before};
  });
}

TEST(CellGradient, ConvGruResetAfter_MatchesDifferences) {
  // in: Z R N hidden_n h; out: h'
  const auto step = [](const DoubleMath& math, const Numbers& v) {
    return conv_gru::forward(math, v[0], v[1], v[2], v[3], v[4]);
  };
  check(
      5, [&](const DoubleMath& math, const Numbers& v) { return Numbers{step(math, v).h}; },
      [&](const DoubleMath& math, const Numbers& v) {
        const auto s = step(math, v);
        const auto d = conv_gru::backward(math, s.z, s.r, s.n, v[3], v[4], v[5]);
        return Numbers{d.pre_z, d.pre_r, d.pre_n, d.hidden_n, d.h_before};
      });
}

TEST(CellGradient, StLstm_MatchesDifferences) {
  // in: I F G before; out: the new state
  check(
      4,
      [](const DoubleMath& math, const Numbers& v) {
        return Numbers{st_lstm::update<DoubleMath, double>(math, {v[0], v[1], v[2]}, v[3]).after};
      },
      [](const DoubleMath& math, const Numbers& v) {
        const auto s = st_lstm::update<DoubleMath, double>(math, {v[0], v[1], v[2]}, v[3]);
        const auto d = st_lstm::update_backward(math, s.gates, v[3], v[4]);
        return Numbers{d.pre.i, d.pre.f, d.pre.g, d.before};
      });
  // in: O W; out: h'
  check(
      2,
      [](const DoubleMath& math, const Numbers& v) { return Numbers{st_lstm::output(math, v[0], v[1]).h}; },
      [](const DoubleMath& math, const Numbers& v) {
        const auto s = st_lstm::output(math, v[0], v[1]);
        const auto d = st_lstm::output_backward(math, s.o, s.mixed, v[2]);
        return Numbers{d.pre_o, d.pre_mixed};
      });
}

}  // namespace
}  // namespace convlstm::test
