// The oracle's gradients against central differences, all in double.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "backend/cpu/reference_math.h"
#include "core/random.h"

namespace convlstm::test {
namespace {

using cpu::reference::Correlation;
using cpu::reference::Recurrent;
using cpu::reference::Trace;
using Doubles = std::vector<double>;

Doubles random_array(Random& random, std::int64_t count) {
  Doubles result(static_cast<std::size_t>(count));
  for (double& v : result) v = static_cast<double>(random.uniform(-0.7f, 0.7f));
  return result;
}

double dot(const Doubles& a, const Doubles& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// `gradient` against the differences of `objective` by each element of `variable`.
template <typename Objective>
void check_gradient(const char* what, Doubles& variable, const Doubles& gradient,
                    const Objective& objective) {
  ASSERT_EQ(variable.size(), gradient.size()) << what;
  constexpr double kStep = 1e-5;
  for (std::size_t k = 0; k < variable.size(); ++k) {
    const double kept = variable[k];
    variable[k] = kept + kStep;
    const double above = objective();
    variable[k] = kept - kStep;
    const double below = objective();
    variable[k] = kept;
    const double expected = (above - below) / (2 * kStep);
    ASSERT_NEAR(gradient[k], expected, 1e-7 * std::max(1.0, std::fabs(expected))) << what << " element " << k;
  }
}

struct Sequence {
  RecurrentDesc desc;
  InputShape shape;
  std::int64_t steps;
  // x, h, c, then the five parameters
  std::array<Doubles, 8> inputs;
  Doubles y_weights, h_weights, c_weights;

  cpu::reference::RecurrentParameters parameters() const {
    const auto view = [&](std::size_t k) { return inputs[k].empty() ? nullptr : inputs[k].data(); };
    return {view(3), view(4), view(5), view(6), view(7)};
  }

  Doubles run() const {
    const Recurrent maths(desc, shape);
    const std::int64_t state = maths.state_count();
    Doubles memory(static_cast<std::size_t>(Trace::count(steps, state)), NAN);
    const Trace trace = Trace::over(memory.data(), steps, state);
    std::copy(inputs[1].begin(), inputs[1].end(), trace.h);
    std::copy(inputs[2].begin(), inputs[2].end(), trace.c);
    maths.forward(steps, inputs[0].empty() ? nullptr : inputs[0].data(), parameters(), trace);
    return memory;
  }

  // A weighted sum of all outputs and of the final state.
  double objective() const {
    Doubles memory = run();
    const std::int64_t state = Recurrent(desc, shape).state_count();
    const Trace trace = Trace::over(memory.data(), steps, state);
    return dot(y_weights, Doubles(trace.h + state, trace.h + (steps + 1) * state)) +
           dot(h_weights, Doubles(trace.h + steps * state, trace.h + (steps + 1) * state)) +
           dot(c_weights, Doubles(trace.c + steps * state, trace.c + (steps + 1) * state));
  }
};

void check_recurrent(const RecurrentDesc& desc, const InputShape& shape, std::int64_t steps) {
  Random random(11);
  const std::int64_t F = desc.hidden_channels, C = desc.input_channels;
  const Recurrent maths(desc, shape);
  const std::int64_t state = maths.state_count();
  Sequence s{desc, shape, steps, {}, {}, {}, {}};
  const std::int64_t counts[8] = {steps * shape.batch * C * shape.size.area(),
                                  state,
                                  state,
                                  4 * F * C * desc.input.kernel.area(),
                                  4 * F * F * desc.recurrent_kernel.area(),
                                  desc.bias != CLN_BIAS_NONE ? 4 * F : 0,
                                  desc.peephole == CLN_PEEPHOLE_PER_CHANNEL ? 3 * F : 0,
                                  desc.bias == CLN_BIAS_TWO ? 4 * F : 0};
  for (std::size_t k = 0; k < 8; ++k) s.inputs[k] = random_array(random, counts[k]);
  s.y_weights = random_array(random, steps * state);
  s.h_weights = random_array(random, state);
  s.c_weights = random_array(random, state);

  Doubles memory = s.run();
  const Trace trace = Trace::over(memory.data(), steps, state);
  std::array<Doubles, 8> gradients;
  for (std::size_t k = 0; k < 8; ++k) gradients[k].assign(s.inputs[k].size(), 0.0);
  gradients[1] = s.h_weights;
  gradients[2] = s.c_weights;
  const auto view = [&](std::size_t k) { return gradients[k].empty() ? nullptr : gradients[k].data(); };
  maths.backward(steps, s.inputs[0].empty() ? nullptr : s.inputs[0].data(), s.parameters(), trace,
                 s.y_weights.data(), view(1), view(2), view(0),
                 {view(3), view(4), view(5), view(6), view(7)});

  const char* names[8] = {
      "x", "h", "c", "input kernel", "recurrent kernel", "bias", "peephole", "recurrent bias"};
  for (std::size_t k = 0; k < 8; ++k)
    check_gradient(names[k], s.inputs[k], gradients[k], [&] { return s.objective(); });
}

TEST(ReferenceGradient, AllParameters_MatchDifferences) {
  RecurrentDesc desc;
  desc.input_channels = 2;
  desc.hidden_channels = 3;
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.forget_bias = 0.5f;
  check_recurrent(desc, {2, {4, 3}}, 3);
}

TEST(ReferenceGradient, EvenAndUnequalKernels_MatchDifferences) {
  RecurrentDesc desc;
  desc.input_channels = 1;
  desc.hidden_channels = 2;
  desc.input.kernel = {2, 5};
  desc.recurrent_kernel = {4, 1};
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  check_recurrent(desc, {1, {3, 4}}, 2);
}

TEST(ReferenceGradient, NoInputNoBiasOnePixel_MatchDifferences) {
  RecurrentDesc desc;
  desc.input_channels = 0;
  desc.hidden_channels = 3;
  desc.bias = CLN_BIAS_NONE;
  check_recurrent(desc, {2, {1, 1}}, 3);
}

// The step of a difference is far smaller than the distance of these numbers from the kinks of the functions.
TEST(ReferenceGradient, EveryActivationAndClip_MatchesDifferences) {
  for (int gate = 0; gate <= CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3; ++gate)
    for (int cell = 0; cell <= CLN_CELL_ACTIVATION_LINEAR; ++cell)
      for (const float clip : {0.0f, 0.25f}) {
        SCOPED_TRACE(testing::Message() << "gate " << gate << " cell " << cell << " clip " << clip);
        RecurrentDesc desc;
        desc.gate_activation = static_cast<cln_gate_activation>(gate);
        desc.cell_activation = static_cast<cln_cell_activation>(cell);
        desc.cell_clip = clip;
        desc.bias = CLN_BIAS_TWO;
        desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
        desc.forget_bias = 2.4f;  // hard forget gates are cut off in some places and not in others
        desc.input_channels = 1;
        desc.hidden_channels = 2;
        check_recurrent(desc, {1, {3, 3}}, 3);
      }
}

// One pixel, one channel, no recurrence: the numbers of each function by hand.
TEST(Reference, OnePixel_GivesTheNumbersOfEachFunction) {
  const auto h_of = [](cln_gate_activation gate, cln_cell_activation cell, float clip, double c_before,
                       std::array<double, 4> pre) {
    RecurrentDesc desc;
    desc.gate_activation = gate;
    desc.cell_activation = cell;
    desc.cell_clip = clip;
    desc.bias = CLN_BIAS_TWO;
    desc.input_channels = 0;
    desc.recurrent_kernel = {1, 1};
    const Recurrent maths(desc, {1, {1, 1}});
    const Doubles kernel(4, 0.0), halves{pre[0] / 2, pre[1] / 2, pre[2] / 2, pre[3] / 2};
    Doubles memory(static_cast<std::size_t>(Trace::count(1, 1)), 0.0);
    const Trace trace = Trace::over(memory.data(), 1, 1);
    trace.c[0] = c_before;
    maths.forward(1, nullptr, {nullptr, kernel.data(), halves.data(), nullptr, halves.data()}, trace);
    return trace.h[1];
  };
  const auto keras2 = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2;
  const auto keras3 = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3;
  const auto linear = CLN_CELL_ACTIVATION_LINEAR;
  // i = 1, f = 0, g = 3; o of 1 is 0.7 and 2/3
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 0, 9, {4, -4, 3, 1}), 2.1);
  EXPECT_DOUBLE_EQ(h_of(keras3, linear, 0, 9, {4, -4, 3, 1}), 2.0);
  EXPECT_DOUBLE_EQ(h_of(keras3, CLN_CELL_ACTIVATION_RELU, 0, 9, {4, -4, -3, 1}), 0.0);
  EXPECT_DOUBLE_EQ(h_of(keras3, CLN_CELL_ACTIVATION_SIGMOID, 0, 0, {4, -4, 0, 4}), 1 / (1 + std::exp(-0.5)));
  // f = 1: c = 9 - 3, cut off at 1.5 on either side
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 1.5f, 9, {4, 4, -3, 4}), 1.5);
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 1.5f, -9, {4, 4, -3, 4}), -1.5);
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 20.0f, -9, {4, 4, -3, 4}), -12.0);
}

TEST(ReferenceGradient, Correlation_MatchesDifferences) {
  Random random(12);
  for (const Size3 kernel : {Size3{1, 1}, Size3{3, 2}, Size3{4, 5}}) {
    const Correlation maths{2, 2, 3, {3, 4}, kernel};
    Doubles x = random_array(random, 2 * 2 * 12), w = random_array(random, 3 * 2 * kernel.area());
    const Doubles weights = random_array(random, 2 * 3 * 12);
    Doubles dx(x.size()), dw(w.size());
    maths.backward_data(weights.data(), w.data(), dx.data());
    maths.backward_kernel(weights.data(), x.data(), dw.data());
    const auto objective = [&] {
      Doubles y(weights.size());
      maths.forward(x.data(), w.data(), y.data());
      return dot(weights, y);
    };
    check_gradient("x", x, dx, objective);
    check_gradient("kernel", w, dw, objective);
  }
}

}  // namespace
}  // namespace convlstm::test
