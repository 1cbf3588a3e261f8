#include <cmath>
#include <limits>

#include "support/fixture.h"
#include "support/training.h"

namespace convlstm::test {
namespace {

class Optimizers : public CapiTest {};

using Doubles = std::vector<double>;

cln_optimizer_desc adam(float max_norm = 0.0f) {
  cln_optimizer_desc desc;
  ok(cln_optimizer_desc_init(&desc));
  desc.learning_rate = 0.01f;
  desc.max_norm = max_norm;
  return desc;
}

cln_optimizer_desc sgd(float momentum, float max_norm = 0.0f) {
  cln_optimizer_desc desc = adam(max_norm);
  desc.kind = CLN_OPTIMIZER_SGD;
  desc.momentum = momentum;
  return desc;
}

Doubles widen(const Floats& values) {
  return {values.begin(), values.end()};
}

// The equations of the header in double, over all parameters of a list of layers.
struct Plain {
  explicit Plain(const cln_optimizer_desc& d) : desc(d) {}

  void add(const Layer& layer) {
    for (std::int32_t i = 0; i < parameter_count(layer); ++i) {
      parameters.push_back(widen(parameter_of(layer, i)));
      first.emplace_back(parameters.back().size());
      second.emplace_back(parameters.back().size());
    }
  }

  double step(const std::vector<Doubles>& gradients) {
    ++t;
    double squares = 0;
    for (const Doubles& gradient : gradients)
      for (const double g : gradient) squares += g * g;
    const double norm = std::sqrt(squares), limit = static_cast<double>(desc.max_norm);
    const double scale = limit > 0 && norm > limit ? limit / norm : 1;
    const double rate = static_cast<double>(desc.learning_rate),
                 momentum = static_cast<double>(desc.momentum);
    const double b1 = static_cast<double>(desc.beta1), b2 = static_cast<double>(desc.beta2);
    for (std::size_t p = 0; p < parameters.size(); ++p)
      for (std::size_t k = 0; k < parameters[p].size(); ++k) {
        const double g = gradients[p][k] * scale;
        double& m = first[p][k];
        double& v = second[p][k];
        if (desc.kind == CLN_OPTIMIZER_SGD) {
          m = momentum * m + g;
          parameters[p][k] -= rate * m;
        } else {
          m = b1 * m + (1 - b1) * g;
          v = b2 * v + (1 - b2) * g * g;
          parameters[p][k] -= rate * (m / (1 - std::pow(b1, t))) /
                              (std::sqrt(v / (1 - std::pow(b2, t))) + static_cast<double>(desc.epsilon));
        }
      }
    return norm;
  }

  cln_optimizer_desc desc;
  int t = 0;
  std::vector<Doubles> parameters, first, second;
};

// Several steps over two layers, each compared with the plain loops.
void expect_plain(const cln_optimizer_desc& desc) {
  const Context context = make_context(2);
  const Training one(context, 1), two(context, 50);
  const Optimizer optimizer = make_optimizer(context, desc);
  Plain plain(desc);
  for (const Training* training : {&one, &two}) {
    ok(cln_optimizer_add_layer(optimizer.get(), training->layer.get()));
    plain.add(training->layer);
  }
  for (int t = 1; t <= 5; ++t) {
    std::vector<Doubles> gradients;
    for (const Training* training : {&one, &two}) {
      training->add_gradients(static_cast<std::uint64_t>(t));
      for (std::int32_t i = 0; i < parameter_count(training->layer); ++i)
        gradients.push_back(widen(gradient_of(training->layer, i)));
    }
    float norm = 0;
    ok(cln_optimizer_step(optimizer.get(), &norm));
    const double expected_norm = plain.step(gradients);
    EXPECT_NEAR(static_cast<double>(norm), expected_norm, 1e-6 * expected_norm);
    std::size_t p = 0;
    for (const Training* training : {&one, &two})
      for (std::int32_t i = 0; i < parameter_count(training->layer); ++i, ++p) {
        const Floats actual = parameter_of(training->layer, i);
        for (std::size_t k = 0; k < actual.size(); ++k)
          ASSERT_NEAR(static_cast<double>(actual[k]), plain.parameters[p][k], 2e-6) << "step " << t;
        EXPECT_EQ(gradient_of(training->layer, i), Floats(actual.size(), 0.0f)) << "gradients are cleared";
      }
  }
  std::int64_t steps = 0;
  ok(cln_optimizer_get_step_count(optimizer.get(), &steps));
  EXPECT_EQ(steps, 5);
}

TEST_F(Optimizers, Sgd_OverSeveralSteps_FollowsTheEquation) {
  expect_plain(sgd(0.0f));
  expect_plain(sgd(0.9f));
}

TEST_F(Optimizers, Adam_OverSeveralSteps_FollowsTheEquation) {
  expect_plain(adam());
}

TEST_F(Optimizers, Clipping_ByTheNormOfAllLayers_FollowsTheEquation) {
  expect_plain(sgd(0.9f, 0.5f));
  expect_plain(adam(0.5f));
  expect_plain(sgd(0.9f, 1e6f));
}

TEST_F(Optimizers, LearningRate_OfZero_LeavesTheParameters) {
  const Context context = make_context();
  const Training training(context, 1);
  const Optimizer optimizer = make_optimizer(context, adam());
  ok(cln_optimizer_add_layer(optimizer.get(), training.layer.get()));
  ok(cln_optimizer_set_learning_rate(optimizer.get(), 0.0f));
  const Floats before = parameter_of(training.layer, 1);
  training.add_gradients(1);
  ok(cln_optimizer_step(optimizer.get(), nullptr));
  EXPECT_EQ(parameter_of(training.layer, 1), before);
}

void expect_resumes(const cln_optimizer_desc& desc, std::int32_t expected_slots) {
  const Context context = make_context();
  const Training one(context, 1), copy(context, 1);
  const Optimizer optimizer = make_optimizer(context, desc), resumed = make_optimizer(context, desc);
  ok(cln_optimizer_add_layer(optimizer.get(), one.layer.get()));
  ok(cln_optimizer_add_layer(resumed.get(), copy.layer.get()));
  for (std::uint64_t t = 1; t <= 3; ++t) {
    one.add_gradients(t);
    ok(cln_optimizer_step(optimizer.get(), nullptr));
  }
  std::int32_t slots = 0;
  ok(cln_optimizer_get_slot_count(optimizer.get(), &slots));
  EXPECT_EQ(slots, expected_slots);
  for (std::int32_t i = 0; i < parameter_count(one.layer); ++i) {
    Floats values = parameter_of(one.layer, i);
    const auto count = static_cast<std::int64_t>(values.size());
    set_parameter(copy.layer, i, values);
    for (std::int32_t slot = 0; slot < slots; ++slot) {
      values = poison(count);
      ok(cln_optimizer_get_slot(optimizer.get(), one.layer.get(), i, slot, values.data(), count));
      ok(cln_optimizer_set_slot(resumed.get(), copy.layer.get(), i, slot, values.data(), count));
    }
  }
  std::int64_t steps = 0;
  ok(cln_optimizer_get_step_count(optimizer.get(), &steps));
  ok(cln_optimizer_set_step_count(resumed.get(), steps));
  for (std::uint64_t t = 4; t <= 6; ++t) {
    one.add_gradients(t);
    copy.add_gradients(t);
    ok(cln_optimizer_step(optimizer.get(), nullptr));
    ok(cln_optimizer_step(resumed.get(), nullptr));
  }
  for (std::int32_t i = 0; i < parameter_count(one.layer); ++i)
    EXPECT_EQ(parameter_of(copy.layer, i), parameter_of(one.layer, i));
}

TEST_F(Optimizers, ResumedFromSlots_ContinuesBitwise) {
  expect_resumes(sgd(0.9f), 1);
  expect_resumes(adam(), 2);
}

TEST_F(Optimizers, GradientsThatAreNotFinite_UpdateNothingAndAreCleared) {
  const Context context = make_context();
  const Training good(context, 1), bad(context, 2);
  const Optimizer optimizer = make_optimizer(context, adam());
  for (const Training* training : {&good, &bad})
    ok(cln_optimizer_add_layer(optimizer.get(), training->layer.get()));
  good.add_gradients(1);
  bad.add_gradients(1, std::numeric_limits<float>::infinity());
  const Floats before = parameter_of(good.layer, 1), bad_before = parameter_of(bad.layer, 1);
  float norm = 5;
  expect_failure(CLN_NOT_FINITE, cln_optimizer_step(optimizer.get(), &norm), {"gradients", "finite"});
  EXPECT_EQ(norm, 5.0f);
  EXPECT_EQ(parameter_of(good.layer, 1), before);
  EXPECT_EQ(parameter_of(bad.layer, 1), bad_before);
  EXPECT_EQ(gradient_of(good.layer, 1), Floats(before.size(), 0.0f));
  EXPECT_EQ(gradient_of(bad.layer, 1), Floats(before.size(), 0.0f));
  std::int64_t steps = -1;
  ok(cln_optimizer_get_step_count(optimizer.get(), &steps));
  EXPECT_EQ(steps, 0);
  good.add_gradients(1);
  bad.add_gradients(1);
  EXPECT_EQ(cln_optimizer_step(optimizer.get(), nullptr), CLN_OK);
  EXPECT_NE(parameter_of(good.layer, 1), before);
}

// The norm may be asked for after the step; before the first there is none.
TEST_F(Optimizers, GradientNorm_IsThatOfTheLastStep) {
  const Context context = make_context();
  const Training training(context, 1);
  const Optimizer optimizer = make_optimizer(context, adam(0.1f));
  ok(cln_optimizer_add_layer(optimizer.get(), training.layer.get()));
  float norm = NAN, later = NAN;
  ok(cln_optimizer_get_gradient_norm(optimizer.get(), &later));
  EXPECT_EQ(later, 0.0f);
  training.add_gradients(1);
  ok(cln_optimizer_step(optimizer.get(), &norm));
  EXPECT_GT(norm, 0.1f);
  ok(cln_optimizer_get_gradient_norm(optimizer.get(), &later));
  EXPECT_EQ(later, norm);
}

// A step that need not be waited for: a GPU tells of what it skipped when it is next read, the CPU at once.
TEST_F(Optimizers, SkippedSteps_AreToldOfOnceByTheNextCallThatReads) {
  const Context context = make_context();
  const Training training(context, 1);
  const auto parameters = parameter_of(training.layer, 1);
  const auto count = static_cast<std::int64_t>(parameters.size());
  Floats slot = poison(count);
  float norm = NAN;
  std::int64_t steps = -1;
  const auto step_is_told_by = [&](const Optimizer& optimizer, const auto& read) {
    SCOPED_TRACE("the CPU or a call that reads");
    const std::initializer_list<std::string> words = {"optimizer", "finite gradients", "nothing was updated"};
    training.add_gradients(1, std::numeric_limits<float>::infinity());
    const cln_status status = cln_optimizer_step(optimizer.get(), nullptr);
    if (!is_on_gpu()) {
      expect_failure(CLN_NOT_FINITE, status, words);
    } else {
      EXPECT_EQ(status, CLN_OK);
      expect_failure(CLN_NOT_FINITE, read(), words);
    }
    EXPECT_EQ(read(), CLN_OK) << "once";
  };
  const Optimizer optimizer = make_optimizer(context, adam());
  ok(cln_optimizer_add_layer(optimizer.get(), training.layer.get()));
  step_is_told_by(optimizer, [&] { return cln_optimizer_get_step_count(optimizer.get(), &steps); });
  EXPECT_EQ(steps, 0);
  step_is_told_by(optimizer, [&] { return cln_optimizer_get_gradient_norm(optimizer.get(), &norm); });
  EXPECT_FALSE(std::isfinite(norm));
  step_is_told_by(optimizer, [&] {
    return cln_optimizer_get_slot(optimizer.get(), training.layer.get(), 1, 0, slot.data(), count);
  });
  EXPECT_EQ(slot, Floats(parameters.size(), 0.0f));
  EXPECT_EQ(parameter_of(training.layer, 1), parameters);

  // A step that reads tells of those before it, and is made.
  int failures = 0;
  for (const float scale :
       {1.0f, std::numeric_limits<float>::quiet_NaN(), 1.0f, std::numeric_limits<float>::infinity()}) {
    training.add_gradients(1, scale);
    failures += cln_optimizer_step(optimizer.get(), nullptr) == CLN_NOT_FINITE ? 1 : 0;
  }
  EXPECT_EQ(failures, is_on_gpu() ? 0 : 2);
  training.add_gradients(1);
  const cln_status status = cln_optimizer_step(optimizer.get(), &norm);
  if (is_on_gpu())
    expect_failure(CLN_NOT_FINITE, status, {"optimizer", "2 of the steps", "not among them"});
  else
    EXPECT_EQ(status, CLN_OK);
  ok(cln_optimizer_get_step_count(optimizer.get(), &steps));
  EXPECT_EQ(steps, 3);
}

// What was skipped leaves no trace: the numbers are those of a run that never met it.
TEST_F(Optimizers, Training_GoesOnAfterASkippedStepAsIfItHadNotBeen) {
  for (const cln_optimizer_desc& desc : {adam(0.5f), sgd(0.9f)}) {
    const Context context = make_context();
    const Training one(context, 1), other(context, 1);
    const Optimizer optimizer = make_optimizer(context, desc), plain = make_optimizer(context, desc);
    ok(cln_optimizer_add_layer(optimizer.get(), one.layer.get()));
    ok(cln_optimizer_add_layer(plain.get(), other.layer.get()));
    for (std::uint64_t t = 1; t <= 4; ++t) {
      one.add_gradients(t);
      ok(cln_optimizer_step(optimizer.get(), nullptr));
      one.add_gradients(t, std::numeric_limits<float>::infinity());
      EXPECT_EQ(cln_optimizer_step(optimizer.get(), nullptr), is_on_gpu() ? CLN_OK : CLN_NOT_FINITE);
      other.add_gradients(t);
      ok(cln_optimizer_step(plain.get(), nullptr));
    }
    for (std::int32_t i = 0; i < parameter_count(one.layer); ++i)
      EXPECT_EQ(parameter_of(one.layer, i), parameter_of(other.layer, i));
  }
}

TEST_F(Optimizers, StepCount_ThatCannotGrow_IsRefused) {
  const Context context = make_context();
  const Training training(context, 1);
  const Optimizer optimizer = make_optimizer(context, adam());
  ok(cln_optimizer_add_layer(optimizer.get(), training.layer.get()));
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  ok(cln_optimizer_set_step_count(optimizer.get(), kMost - 1));
  ok(cln_optimizer_step(optimizer.get(), nullptr));
  expect_failure(CLN_INVALID_STATE, cln_optimizer_step(optimizer.get(), nullptr),
                 {"optimizer", "step count", std::to_string(kMost)});
  std::int64_t steps = 0;
  ok(cln_optimizer_get_step_count(optimizer.get(), &steps));
  EXPECT_EQ(steps, kMost);
}

TEST_F(Optimizers, Numbers_OutOfRange_AreRefused) {
  const Context context = make_context();
  cln_optimizer* out = nullptr;
  const auto fails = [&](cln_status status, const char* field, cln_optimizer_desc desc,
                         float cln_optimizer_desc::*member, float value) {
    desc.*member = value;
    expect_failure(status, cln_optimizer_create(context.get(), &desc, &out), {std::string("desc.") + field});
  };
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  fails(CLN_INVALID_ARGUMENT, "learning_rate", adam(), &cln_optimizer_desc::learning_rate, -0.1f);
  fails(CLN_NOT_FINITE, "learning_rate", adam(), &cln_optimizer_desc::learning_rate, nan);
  fails(CLN_INVALID_ARGUMENT, "max_norm", adam(), &cln_optimizer_desc::max_norm, -1.0f);
  fails(CLN_NOT_FINITE, "max_norm", adam(), &cln_optimizer_desc::max_norm, infinity);
  fails(CLN_INVALID_ARGUMENT, "beta1", adam(), &cln_optimizer_desc::beta1, 1.0f);
  fails(CLN_INVALID_ARGUMENT, "beta2", adam(), &cln_optimizer_desc::beta2, -0.5f);
  fails(CLN_INVALID_ARGUMENT, "epsilon", adam(), &cln_optimizer_desc::epsilon, 0.0f);
  fails(CLN_INVALID_ARGUMENT, "momentum", sgd(0), &cln_optimizer_desc::momentum, 1.0f);
  fails(CLN_NOT_FINITE, "momentum", sgd(0), &cln_optimizer_desc::momentum, nan);
  EXPECT_EQ(out, nullptr);
  const Optimizer optimizer = make_optimizer(context, adam());
  expect_failure(CLN_INVALID_ARGUMENT, cln_optimizer_set_learning_rate(optimizer.get(), -1),
                 {"learning_rate", "-1"});
  expect_failure(CLN_NOT_FINITE, cln_optimizer_set_learning_rate(optimizer.get(), nan),
                 {"learning_rate", "nan"});
  expect_failure(CLN_INVALID_ARGUMENT, cln_optimizer_set_step_count(optimizer.get(), -1),
                 {"step_count", "-1"});
}

TEST_F(Optimizers, LayersAndSlots_ThatAreWrong_AreRefused) {
  const Context context = make_context();
  const Training training(context, 1);
  const Layer stranger = make_conv(context, 1, 1);
  const Optimizer optimizer = make_optimizer(context, adam());
  auto* const o = optimizer.get();
  ok(cln_optimizer_add_layer(o, training.layer.get()));
  expect_failure(CLN_INVALID_ARGUMENT, cln_optimizer_add_layer(o, training.layer.get()), {"layer", "added"});
  float values[8] = {};
  const auto get = [&](const Layer& layer, std::int32_t parameter, std::int32_t slot, std::int64_t count) {
    return cln_optimizer_get_slot(o, layer.get(), parameter, slot, values, count);
  };
  expect_failure(CLN_INVALID_ARGUMENT, get(stranger, 0, 0, 1), {"layer", "added"});
  expect_failure(CLN_INVALID_ARGUMENT, get(training.layer, 3, 0, 8), {"parameter", "0 to 2", "got 3"});
  expect_failure(CLN_INVALID_ARGUMENT, get(training.layer, 2, 2, 8), {"slot", "0 to 1", "got 2"});
  expect_failure(CLN_INVALID_ARGUMENT, get(training.layer, 2, -1, 8), {"slot", "-1"});
  expect_failure(CLN_SHAPE_MISMATCH, get(training.layer, 2, 0, 7), {"count", "expected 8", "got 7"});
  values[7] = std::nanf("");
  expect_failure(CLN_NOT_FINITE, cln_optimizer_set_slot(o, training.layer.get(), 2, 0, values, 8),
                 {"data", "element 7"});
  ok(get(training.layer, 2, 0, 8));
  EXPECT_EQ(values[7], 0.0f) << "the refused slot is unchanged";
}

}  // namespace
}  // namespace convlstm::test
