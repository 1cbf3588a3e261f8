// The gradients of a training pass against central differences, all through the C interface.
#include <cmath>
#include <functional>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

constexpr float kStep = 1.0f / 128;

std::int64_t size_of(const Floats& values) {
  return static_cast<std::int64_t>(values.size());
}

double dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

// A layer with inputs, and the loss <y, dy> + <final h, dh> + <final c, dc> of its outputs.
class Problem {
 public:
  Problem(const cln_recurrent_desc& desc, const Shape& shape, std::int64_t steps)
      : layer(make_recurrent(context, desc)), shape_(shape), steps_(steps) {
    randomize(layer, 0.4f, 21);
    const std::int64_t area = shape.h * shape.w;
    part_ = shape.n * desc.hidden_channels * area;
    x = random_floats(steps * shape.n * desc.input_channels * area, 22);
    h = random_floats(part_, 23);
    c = random_floats(part_, 24);
    dy = random_floats(desc.output == CLN_OUTPUT_LAST ? part_ : steps * part_, 25);
    dh = random_floats(part_, 26);
    dc = random_floats(part_, 27);
    session_ = make_session(context, layer, shape);
  }

  double loss() const {
    const State state = make(h, c);
    const Floats y = run(session_, steps_, x, state, size_of(dy));
    return dot(y, dy) + dot(part_of(state, 0, part_), dh) + dot(part_of(state, 1, part_), dc);
  }

  // Adds to the layer's gradients, and gives those of x, h and c.
  void backward() {
    const Reserve reserve = make_reserve(session_, steps_ + 1);
    const Tensor input = x.empty() ? nullptr : make_tensor(context, {size_of(x)}, x);
    const Tensor output = make_tensor(context, {size_of(dy)}, poison(size_of(dy)));
    const State state = make(h, c);
    ok(cln_session_forward_training(session_.get(), steps_, input.get(), nullptr, state.get(), reserve.get(),
                                    output.get()));
    EXPECT_EQ(values_of(output), run(session_, steps_, x, make(h, c), size_of(dy)));

    const Tensor slope = make_tensor(context, {size_of(dy)}, dy);
    const State dstate = make(dh, dc);
    const Tensor input_slope = x.empty() ? nullptr : make_tensor(context, {size_of(x)}, poison(size_of(x)));
    ok(cln_session_backward(session_.get(), input.get(), reserve.get(), slope.get(), dstate.get(),
                            input_slope.get()));
    dx = x.empty() ? Floats() : values_of(input_slope);
    dh_initial = part_of(dstate, 0, part_);
    dc_initial = part_of(dstate, 1, part_);
  }

  Context context = make_context(2);
  Layer layer;
  Floats x, h, c, dy, dh, dc;
  Floats dx, dh_initial, dc_initial;

 private:
  State make(const Floats& hidden, const Floats& cell) const {
    State state = make_state(context, layer, shape_);
    ok(cln_state_upload(state.get(), 0, hidden.data(), part_));
    ok(cln_state_upload(state.get(), 1, cell.data(), part_));
    return state;
  }

  Shape shape_;
  std::int64_t steps_, part_ = 0;
  Session session_;
};

// Compares `gradient` with central differences of the loss by up to 40 of the values that `set` puts in
// place.
void expect_gradient(const Problem& problem, const char* name, const Floats& values, const Floats& gradient,
                     const std::function<void(const Floats&)>& set) {
  ASSERT_EQ(values.size(), gradient.size()) << name;
  const std::size_t stride = std::max<std::size_t>(1, values.size() / 40);
  for (std::size_t i = 0; i < values.size(); i += stride) {
    Floats moved = values;
    moved[i] = values[i] + kStep;
    set(moved);
    const double above = problem.loss();
    const double up = static_cast<double>(moved[i]);
    moved[i] = values[i] - kStep;
    set(moved);
    const double numeric = (above - problem.loss()) / (up - static_cast<double>(moved[i]));
    const double tolerance = 1e-3 * std::max(1.0, std::fabs(numeric));
    EXPECT_NEAR(static_cast<double>(gradient[i]), numeric, tolerance) << name << ", element " << i;
  }
  set(values);
}

void expect_all_gradients(const cln_recurrent_desc& desc, const Shape& shape, std::int64_t steps) {
  Problem problem(desc, shape, steps);
  problem.backward();
  for (std::int32_t i = 0; i < parameter_count(problem.layer); ++i)
    expect_gradient(problem, "parameter", parameter_of(problem.layer, i), gradient_of(problem.layer, i),
                    [&](const Floats& values) { set_parameter(problem.layer, i, values); });
  expect_gradient(problem, "x", Floats(problem.x), problem.dx, [&](const Floats& v) { problem.x = v; });
  expect_gradient(problem, "h", Floats(problem.h), problem.dh_initial,
                  [&](const Floats& v) { problem.h = v; });
  expect_gradient(problem, "c", Floats(problem.c), problem.dc_initial,
                  [&](const Floats& v) { problem.c = v; });
}

class Gradients : public CapiTest {};

TEST_F(Gradients, OfASmallLayer_AreThoseOfDifferences) {
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.forget_bias = 0.5f;
  expect_all_gradients(desc, {2, 3, 4}, 3);
}

TEST_F(Gradients, OfTimeFirstEvenKernels_AreThoseOfDifferences) {
  cln_recurrent_desc desc = recurrent_desc(1, 2);
  desc.layout = CLN_LAYOUT_TNCHW;
  desc.bias = CLN_BIAS_NONE;
  desc.input_kernel[0] = 2;
  desc.recurrent_kernel[1] = 4;
  expect_all_gradients(desc, {2, 4, 3}, 2);
}

TEST_F(Gradients, OfTheLastOutputWithoutInput_AreThoseOfDifferences) {
  cln_recurrent_desc desc = recurrent_desc(0, 2);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.output = CLN_OUTPUT_LAST;
  expect_all_gradients(desc, {1, 3, 3}, 3);
}

TEST_F(Gradients, OfChannelsLastTwoBiasesAndHardGates_AreThoseOfDifferences) {
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  desc.layout = CLN_LAYOUT_NTHWC;
  desc.bias = CLN_BIAS_TWO;
  desc.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2;
  desc.cell_activation = CLN_CELL_ACTIVATION_SIGMOID;
  desc.cell_clip = 8;
  expect_all_gradients(desc, {2, 3, 4}, 2);
}

TEST_F(Gradients, OfTwoPasses_AddUpUntilCleared) {
  Problem problem(recurrent_desc(1, 2), {1, 3, 3}, 2);
  problem.backward();
  const Floats once = gradient_of(problem.layer, 1);
  problem.backward();
  const Floats twice = gradient_of(problem.layer, 1);
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_FLOAT_EQ(twice[i], 2 * once[i]);
  ok(cln_layer_zero_gradients(problem.layer.get()));
  EXPECT_EQ(gradient_of(problem.layer, 1), Floats(once.size(), 0.0f));
}

TEST_F(Gradients, OfNoOutputGradient_AreZeros) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  randomize(layer, 0.5f, 1);
  const Session session = make_session(context, layer, {1, 3, 3});
  const Reserve reserve = make_reserve(session, 2);
  const Tensor x = make_tensor(context, {18}, random_floats(18, 2)), y = make_tensor(context, {36});
  const Tensor dx = make_tensor(context, {18}, poison(18));
  ok(cln_session_forward_training(session.get(), 2, x.get(), nullptr, nullptr, reserve.get(), y.get()));
  ok(cln_session_backward(session.get(), x.get(), reserve.get(), nullptr, nullptr, dx.get()));
  EXPECT_EQ(values_of(dx), Floats(18, 0.0f));
  for (std::int32_t i = 0; i < parameter_count(layer); ++i)
    for (const float value : gradient_of(layer, i)) ASSERT_EQ(value, 0.0f);
}

TEST_F(Gradients, OfAConvolution_AreThoseOfItsLinearMap) {
  // y is linear in x, kernel and bias, so <dy, y> by each of them is exact for any step.
  const Context context = make_context(2);
  const Layer layer = make_conv(context, 2, 3, 3);
  randomize(layer, 1.0f, 1);
  const Session session = make_session(context, layer, {2, 4, 3});
  const Reserve reserve = make_reserve(session, 2);
  const std::int64_t x_count = 2 * 2 * 24, y_count = 2 * 2 * 36;
  const Floats inputs = random_floats(x_count, 2), slopes = random_floats(y_count, 3);
  const Tensor x = make_tensor(context, {x_count}, inputs), y = make_tensor(context, {y_count});
  const Tensor dy = make_tensor(context, {y_count}, slopes),
               dx = make_tensor(context, {x_count}, poison(x_count));
  ok(cln_session_forward_training(session.get(), 2, x.get(), nullptr, nullptr, reserve.get(), y.get()));
  ok(cln_session_backward(session.get(), x.get(), reserve.get(), dy.get(), nullptr, dx.get()));

  const Floats bias = parameter_of(layer, 1), kernel = parameter_of(layer, 0);
  const double loss = dot(values_of(y), slopes);
  const double by_bias = dot(bias, gradient_of(layer, 1));
  EXPECT_NEAR(dot(kernel, gradient_of(layer, 0)), loss - by_bias, 1e-4);
  EXPECT_NEAR(dot(inputs, values_of(dx)), loss - by_bias, 1e-4);
  Floats moved = kernel;
  moved[5] += 0.5f;
  set_parameter(layer, 0, moved);
  EXPECT_NEAR(dot(run(session, 2, inputs, nullptr, y_count), slopes) - loss,
              0.5 * static_cast<double>(gradient_of(layer, 0)[5]), 1e-4);
}

}  // namespace
}  // namespace convlstm::test
