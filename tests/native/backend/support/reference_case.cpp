#include "support/reference_case.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "cell/parameters.h"

namespace convlstm::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kStep = 1e-5;
constexpr double kBound = 2e-7;

Doubles random_array(Random& random, std::size_t count, double scale = 0.7) {
  Doubles result(count);
  for (double& v : result) v = scale * static_cast<double>(random.uniform(-1, 1));
  return result;
}

double dot(const Doubles& a, const Doubles& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

double objective(const Case& c) {
  const Outputs out = run(c);
  return dot(out.y, c.y_weights) + dot(out.final, c.final_weights);
}

Sequence masked_sequence(const Case& c) {
  Sequence sequence = c.sequence;
  if (!c.active.empty()) sequence.mask = {c.active.data(), c.emits.data(), nullptr, c.shape.batch, 1};
  return sequence;
}

Doubles states_of(const Case& c, const Recurrent& maths, double* y) {
  Doubles states(static_cast<std::size_t>((c.sequence.steps + 1) * maths.state_count()), kNaN);
  std::copy(c.initial.begin(), c.initial.end(), states.begin());
  maths.forward(masked_sequence(c), states.data(), y);
  return states;
}

// The derivative of the objective along a direction in `variable`; elements that are NaN stay.
double difference(const Case& c, Doubles& variable, const Doubles& direction) {
  const Doubles kept = variable;
  const auto at = [&](double step) {
    for (std::size_t k = 0; k < kept.size(); ++k) variable[k] = kept[k] + step * direction[k];
    return objective(c);
  };
  const double above = at(kStep), below = at(-kStep);
  variable = kept;
  return (above - below) / (2 * kStep);
}

void check(const std::string& what, const Case& c, Doubles& variable, const Doubles& gradient, Random& random,
           std::size_t elements) {
  ASSERT_EQ(variable.size(), gradient.size()) << what;
  if (variable.empty()) return;
  const auto expect = [&](const Doubles& direction, const std::string& where) {
    const double expected = difference(c, variable, direction);
    ASSERT_NEAR(dot(gradient, direction), expected, kBound * std::max(1.0, std::fabs(expected)))
        << what << " " << where;
  };
  const std::size_t count = elements == 0 ? variable.size() : elements;
  for (std::size_t k = 0; k < count && !testing::Test::HasFatalFailure(); ++k) {
    Doubles direction(variable.size());
    const std::size_t element = elements == 0 ? k : random.below(variable.size());
    direction[element] = 1;
    expect(direction, "element " + std::to_string(element));
  }
  if (!testing::Test::HasFatalFailure())
    expect(random_array(random, variable.size(), 1 / std::sqrt(static_cast<double>(variable.size()))),
           "direction");
}

}  // namespace

Case make_case(std::uint64_t seed, const RecurrentDesc& desc, const InputShape& shape, std::int64_t steps) {
  Random random(seed);
  const Recurrent maths(desc, shape);
  const auto count = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  Case c{desc, shape, {steps, {0, steps}, {}, {}, {}, maths.zeros()}, {}, {}, {}, {}, {}};
  c.sequence.x = random_array(random, count(steps * maths.x_count()), 1);
  for (const ParameterShape& parameter : parameters_of(desc, 3, state_size(desc, shape.size))) {
    c.sequence.parameters[parameter.place] = random_array(random, count(parameter.count));
    if (parameter.role == ParameterShape::Role::scale)
      for (double& v : c.sequence.parameters[parameter.place]) v += 1;
  }
  c.initial = random_array(random, count(maths.state_count()), 1);
  c.y_weights = random_array(random, count(maths.y_steps(steps) * maths.block_count()), 1);
  c.final_weights = random_array(random, count(maths.state_count()), 1);
  return c;
}

void limit_input(Case& c, StepRange range) {
  c.sequence.input = range;
  const std::size_t step = c.sequence.x.size() / static_cast<std::size_t>(c.sequence.steps);
  for (std::size_t k = 0; k < c.sequence.x.size(); ++k)
    if (!range.contains(static_cast<std::int64_t>(k / step))) c.sequence.x[k] = kNaN;
}

void add_mask(Case& c, std::uint64_t seed) {
  Random random(seed);
  const std::int64_t batch = c.shape.batch;
  for (std::int64_t k = 0; k < c.sequence.steps * batch; ++k) {
    const auto active = static_cast<std::uint8_t>(random.below(3) != 0);
    const bool emitted = k >= batch && c.emits[static_cast<std::size_t>(k - batch)] != 0;
    c.active.push_back(active);
    c.emits.push_back(active != 0 || (emitted && c.desc.mask == CLN_MASK_REPEAT));
  }
}

Outputs run(const Case& c) {
  const Recurrent maths(c.desc, c.shape);
  Outputs out;
  out.y.assign(c.y_weights.size(), kNaN);
  const Doubles states = states_of(c, maths, out.y.data());
  out.final.assign(states.end() - maths.state_count(), states.end());
  return out;
}

CaseGradients differentiate(const Case& c) {
  const Recurrent maths(c.desc, c.shape);
  const Doubles states = states_of(c, maths, nullptr);
  CaseGradients gradients{Doubles(c.sequence.x.size()), c.final_weights, maths.zeros()};
  maths.backward(masked_sequence(c), states.data(), c.y_weights.data(), gradients.initial.data(),
                 gradients.x.data(), gradients.parameters);
  return gradients;
}

void check_gradients(Case& c, std::size_t elements) {
  SCOPED_TRACE(describe(c));
  Random random(1);
  const CaseGradients gradients = differentiate(c);
  check("x", c, c.sequence.x, gradients.x, random, elements);
  if (testing::Test::HasFatalFailure()) return;
  check("state", c, c.initial, gradients.initial, random, elements);
  for (std::size_t k = 0; k < kMaxParameters && !testing::Test::HasFatalFailure(); ++k)
    check("parameter " + std::to_string(k), c, c.sequence.parameters[k], gradients.parameters[k], random,
          elements);
}

std::string describe(const Case& c) {
  const auto sizes = [](const Size3& s) {
    return std::to_string(s.d) + 'x' + std::to_string(s.h) + 'x' + std::to_string(s.w);
  };
  const RecurrentDesc& d = c.desc;
  std::ostringstream text;
  text << "cell " << d.cell << " C " << d.input_channels << " F " << d.hidden_channels << " Kx "
       << sizes(d.input.kernel) << " stride " << sizes(d.input.stride) << " dilation "
       << sizes(d.input.dilation) << " padding " << d.input.padding << " before " << sizes(d.input.before)
       << " after " << sizes(d.input.after) << " Kh " << sizes(d.recurrent_kernel) << " dilation "
       << sizes(d.recurrent_dilation) << " peephole " << d.peephole << " bias " << d.bias << " last "
       << d.output << " gate " << d.gate_activation << " activation " << d.cell_activation << " clip "
       << d.cell_clip << " norm " << d.normalization << " group " << d.norm_group_channels << " mask "
       << d.mask << " dropout " << c.sequence.dropout.is_active << ' ' << d.input_dropout << ' '
       << d.recurrent_dropout << " input [" << c.sequence.input.begin << ", " << c.sequence.input.end
       << ") T " << c.sequence.steps << " N " << c.shape.batch << " size " << sizes(c.shape.size);
  return text.str();
}

}  // namespace convlstm::test
