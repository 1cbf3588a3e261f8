#include <cmath>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Losses : public CapiTest {
 protected:
  static constexpr std::int64_t kCount = 10007;  // no multiple of any block
};

struct Expected {
  double loss = 0;
  std::vector<double> gradient;
};

template <typename Term, typename Slope>
Expected plain(const Floats& p, const Floats& y, const Term& term, const Slope& slope) {
  Expected out;
  const auto count = static_cast<double>(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto prediction = static_cast<double>(p[i]), target = static_cast<double>(y[i]);
    out.loss += term(prediction, target) / count;
    out.gradient.push_back(slope(prediction, target) / count);
  }
  return out;
}

void expect_loss(cln_loss kind, const Floats& p, const Floats& y, const Expected& expected) {
  const Context context = make_context(2);
  const auto count = static_cast<std::int64_t>(p.size());
  const Tensor prediction = make_tensor(context, {count}, p), target = make_tensor(context, {count, 1}, y);
  const Tensor gradient = make_tensor(context, {1, count}, poison(count));
  float loss = 0, again = 0, in_place = 0;
  ok(cln_loss_evaluate(context.get(), kind, prediction.get(), target.get(), nullptr, nullptr, &loss));
  ok(cln_loss_evaluate(context.get(), kind, prediction.get(), target.get(), nullptr, gradient.get(), &again));
  EXPECT_NEAR(static_cast<double>(loss), expected.loss, 1e-6 * expected.loss);
  EXPECT_EQ(loss, again);
  const Floats actual = values_of(gradient);
  for (std::size_t i = 0; i < p.size(); ++i)
    ASSERT_NEAR(static_cast<double>(actual[i]), expected.gradient[i],
                1e-6 * std::fabs(expected.gradient[i]) + 1e-7 / static_cast<double>(count));
  EXPECT_EQ(values_of(prediction), p);
  ok(cln_loss_evaluate(context.get(), kind, prediction.get(), target.get(), nullptr, prediction.get(),
                       &in_place));
  EXPECT_EQ(in_place, loss);
  EXPECT_EQ(values_of(prediction), actual);
}

TEST_F(Losses, MeanSquaredError_IsThatOfPlainLoops) {
  const Floats p = random_floats(kCount, 1), y = random_floats(kCount, 2);
  expect_loss(CLN_LOSS_MEAN_SQUARED_ERROR, p, y,
              plain(
                  p, y, [](double a, double b) { return (a - b) * (a - b); },
                  [](double a, double b) { return 2 * (a - b); }));
}

TEST_F(Losses, BinaryCrossEntropy_IsThatOfPlainLoops) {
  Floats p = random_floats(kCount, 3), y = random_floats(kCount, 4);
  for (float& value : p) value *= 20.0f;
  for (float& value : y) value = (value + 1.0f) / 2.0f;
  p[0] = 300.0f;  // exp would overflow
  p[1] = -300.0f;
  y[0] = 0.0f;
  y[1] = 1.0f;
  expect_loss(
      CLN_LOSS_BINARY_CROSS_ENTROPY, p, y,
      plain(
          p, y,
          [](double a, double b) { return std::max(a, 0.0) - a * b + std::log1p(std::exp(-std::fabs(a))); },
          [](double a, double b) { return 1 / (1 + std::exp(-a)) - b; }));
}

TEST_F(Losses, Weighted_CountEachElementAsOftenAsItsWeightSays) {
  const Context context = make_context();
  const Tensor p = make_tensor(context, {3}, {1, 2, 3}), y = make_tensor(context, {3}, {0, 0, 1}),
               w = make_tensor(context, {3}, {1, 0, 2.5f}), g = make_tensor(context, {3}, poison(3));
  float loss = 0;
  ok(cln_loss_evaluate(context.get(), CLN_LOSS_MEAN_SQUARED_ERROR, p.get(), y.get(), w.get(), g.get(),
                       &loss));
  EXPECT_FLOAT_EQ(loss, (1.0f + 2.5f * 4.0f) / 3.0f);
  const Floats gradient = values_of(g);
  EXPECT_FLOAT_EQ(gradient[0], 2.0f / 3.0f);
  EXPECT_EQ(gradient[1], 0.0f);
  EXPECT_FLOAT_EQ(gradient[2], 2.5f * 4.0f / 3.0f);
}

TEST_F(Losses, OfTensorsThatDoNotFit_AreRefused) {
  const Context context = make_context();
  const Tensor three = make_tensor(context, {3}), four = make_tensor(context, {4}),
               empty = make_tensor(context, {0});
  const Tensor another = make_tensor(context, {3});
  float loss = 5;
  const auto evaluate = [&](const Tensor& p, const Tensor& y, const Tensor& w, const Tensor& g) {
    return cln_loss_evaluate(context.get(), CLN_LOSS_MEAN_SQUARED_ERROR, p.get(), y.get(), w.get(), g.get(),
                             &loss);
  };
  expect_failure(CLN_SHAPE_MISMATCH, evaluate(three, four, nullptr, nullptr),
                 {"target", "expected 3", "got 4"});
  expect_failure(CLN_SHAPE_MISMATCH, evaluate(three, another, nullptr, four),
                 {"gradient", "expected 3", "got 4"});
  expect_failure(CLN_SHAPE_MISMATCH, evaluate(empty, empty, nullptr, nullptr),
                 {"prediction", "at least 1", "got 0"});
  expect_failure(CLN_SHAPE_MISMATCH, evaluate(three, another, four, nullptr),
                 {"weights", "expected 3", "got 4"});
  expect_failure(CLN_INVALID_ARGUMENT, evaluate(three, another, nullptr, another), {"gradient", "target"});
  expect_failure(CLN_INVALID_ARGUMENT, evaluate(three, three, another, another), {"gradient", "weights"});
  EXPECT_EQ(loss, 5.0f);
}

}  // namespace
}  // namespace convlstm::test
