// Masks, lengths, steps without input, dropout.
#include <gtest/gtest.h>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kSteps = 4, kBatch = 2, kArea = 6;
constexpr std::int64_t kX = kBatch * kSteps * 2 * kArea, kY = kBatch * kSteps * 3 * kArea;

cln_run_options options() {
  cln_run_options out;
  ok(cln_run_options_init(&out));
  return out;
}

// A layer of two input and three hidden channels over 2 sequences of 4 steps of 2x3 images, time first.
struct Example {
  explicit Example(std::int32_t mask = CLN_MASK_NONE, float dropout = 0,
                   std::int32_t direction = CLN_DIRECTION_FORWARD) {
    cln_recurrent_desc desc = recurrent_desc(2, 3);
    desc.layout = CLN_LAYOUT_TNCHW;
    desc.mask = mask;
    desc.direction = direction;
    desc.input_dropout = desc.recurrent_dropout = dropout;
    layer = make_recurrent(context, desc);
    randomize(layer, 0.5f, 3);
    session = make_session(context, layer, {kBatch, 2, 3});
    state = make_state(context, layer, {kBatch, 2, 3});
  }
  cln_status try_forward(const cln_run_options& with, std::int64_t x_count = kX) {
    return cln_session_forward_host(session.get(), kSteps, x_count > 0 ? x.data() : nullptr, x_count, &with,
                                    state.get(), y.data(), kY);
  }
  Floats forward(const cln_run_options& with, std::int64_t x_count = kX) {
    ok(cln_state_reset(state.get()));
    y = poison(kY);
    ok(try_forward(with, x_count));
    return y;
  }
  Floats train(const cln_run_options& with) {
    const Reserve reserve = make_reserve(session, kSteps);
    const Tensor input = make_tensor(context, {kX}, x), output = make_tensor(context, {kY});
    ok(cln_session_forward_training(session.get(), kSteps, input.get(), &with, nullptr, reserve.get(),
                                    output.get()));
    return values_of(output);
  }
  Context context = make_context();
  Layer layer;
  Session session;
  State state;
  Floats x = random_floats(kX, 1), y = poison(kY);
};

Floats step_of(const Floats& y, std::int64_t t) {
  constexpr std::int64_t count = kY / kSteps;
  return {y.begin() + t * count, y.begin() + (t + 1) * count};
}

class RunOptions : public CapiTest {};

TEST_F(RunOptions, ThatDoNotFit_AreRefusedByName) {
  Example masked(CLN_MASK_ZERO), plain;
  const std::int32_t flags[kSteps * kBatch] = {1, 1, 1, 1, 1, 1, 1, 2};
  const std::int64_t lengths[kBatch] = {4, 5};
  const auto fails = [](Example& run, std::initializer_list<std::string> parts, const auto& change,
                        cln_status status = CLN_INVALID_ARGUMENT) {
    cln_run_options with = options();
    change(with);
    expect_failure(status, run.try_forward(with), parts);
  };
  fails(plain, {"options.mask", "NULL", "CLN_MASK_NONE"}, [&](auto& o) { o.mask = flags, o.mask_count = 8; });
  fails(plain, {"options.lengths", "CLN_MASK_NONE"},
        [&](auto& o) { o.lengths = lengths, o.length_count = 2; });
  fails(masked, {"options.mask", "0 to 1", "got 2"}, [&](auto& o) { o.mask = flags, o.mask_count = 8; });
  fails(
      masked, {"options.mask_count", "expected 8", "got 7"},
      [&](auto& o) { o.mask = flags, o.mask_count = 7; }, CLN_SHAPE_MISMATCH);
  fails(masked, {"options.lengths", "0 to 4", "got 5"},
        [&](auto& o) { o.lengths = lengths, o.length_count = 2; });
  fails(
      masked, {"options.length_count", "expected 2", "got 1"},
      [&](auto& o) { o.lengths = lengths, o.length_count = 1; }, CLN_SHAPE_MISMATCH);
  fails(
      masked, {"options.mask", "NULL"}, [&](auto& o) { o.mask_count = 8; }, CLN_NULL_ARGUMENT);
  fails(masked, {"options.lengths", "beside options.mask"},
        [&](auto& o) { o.mask = flags, o.mask_count = 8, o.lengths = lengths, o.length_count = 2; });
  fails(plain, {"options.input_steps", "-1 to 4", "got 5"}, [](auto& o) { o.input_steps = 5; });
  fails(plain, {"options.reserved", "got 1"}, [](auto& o) { o.reserved = 1; });
  fails(
      plain, {"x_count", "expected 24", "got 96"}, [](auto& o) { o.input_steps = 1; }, CLN_SHAPE_MISMATCH);
  fails(plain, {"x_count", "expected NULL", "96"}, [](auto& o) { o.input_steps = 0; });
}

TEST_F(RunOptions, OfAConvolution_AreRefused) {
  const Context context = make_context();
  const Layer layer = make_conv(context, 1, 1);
  const Session session = make_session(context, layer, {1, 2, 2});
  const cln_run_options with = options();
  float x[4] = {}, y[4];
  expect_failure(CLN_INVALID_ARGUMENT, cln_session_forward_host(session.get(), 1, x, 4, &with, nullptr, y, 4),
                 {"options", "expected NULL for a convolution layer"});
}

TEST_F(RunOptions, OfAMask_KeepTheStateAndRepeatOrZeroTheOutput) {
  // Sequence 0: steps 0 and 2 are masked; sequence 1: none.
  const std::int32_t flags[kSteps * kBatch] = {0, 1, 1, 1, 0, 1, 1, 1};
  cln_run_options with = options();
  with.mask = flags;
  with.mask_count = kSteps * kBatch;
  constexpr std::size_t one = 3 * kArea;  // numbers of a sequence and step
  for (const std::int32_t rule : {CLN_MASK_REPEAT, CLN_MASK_ZERO}) {
    Example run(rule);
    const Floats y = run.forward(with);
    const auto first = [&](std::int64_t t) {
      const Floats step = step_of(y, t);
      return Floats(step.begin(), step.begin() + one);
    };
    EXPECT_EQ(first(0), Floats(one, 0.0f)) << "there is no output to repeat yet";
    EXPECT_EQ(first(2), rule == CLN_MASK_REPEAT ? first(1) : Floats(one, 0.0f));
    EXPECT_NE(first(3), first(1));

    // The steps that count, by themselves.
    Example alone;
    const std::size_t image = 2 * kArea * kBatch;
    std::copy_n(run.x.begin() + image, image, alone.x.begin());
    std::copy_n(run.x.begin() + 3 * image, image, alone.x.begin() + image);
    const Floats expected = alone.forward(options());
    const auto expected_of = [&](std::int64_t t) {
      const Floats step = step_of(expected, t);
      return Floats(step.begin(), step.begin() + one);
    };
    for (std::size_t k = 0; k < one; ++k) {
      EXPECT_NEAR(first(1)[k], expected_of(0)[k], 1e-6);
      EXPECT_NEAR(first(3)[k], expected_of(1)[k], 1e-6);
    }
  }
}

TEST_F(RunOptions, OfLengths_AreThoseOfTheMaskThatSaysTheSame) {
  const std::int64_t lengths[kBatch] = {2, 4};
  const std::int32_t flags[kSteps * kBatch] = {1, 1, 1, 1, 0, 1, 0, 1};
  cln_run_options by_length = options(), by_mask = options();
  by_length.lengths = lengths;
  by_length.length_count = kBatch;
  by_mask.mask = flags;
  by_mask.mask_count = kSteps * kBatch;
  for (const std::int32_t direction : {CLN_DIRECTION_FORWARD, CLN_DIRECTION_REVERSE}) {
    Example run(CLN_MASK_REPEAT, 0, direction);
    EXPECT_EQ(run.forward(by_length), run.forward(by_mask));
  }
}

TEST_F(RunOptions, OfAReversedMask_ZeroTheOutputBeforeTheirFirstStep) {
  const std::int64_t lengths[kBatch] = {2, 4};
  cln_run_options with = options();
  with.lengths = lengths;
  with.length_count = kBatch;
  Example run(CLN_MASK_REPEAT, 0, CLN_DIRECTION_REVERSE);
  const Floats y = run.forward(with);
  for (std::int64_t k = 0; k < 3 * kArea; ++k) {
    EXPECT_EQ(step_of(y, 3)[static_cast<std::size_t>(k)], 0.0f);
    EXPECT_NE(step_of(y, 1)[static_cast<std::size_t>(k)], 0.0f);
  }
}

TEST_F(RunOptions, OfStepsWithoutInput_GiveWhatZerosGive) {
  Example run, zeros;
  cln_run_options with = options();
  with.input_steps = 1;
  std::fill(zeros.x.begin() + kX / kSteps, zeros.x.end(), 0.0f);
  const Floats expected = zeros.forward(options()), y = run.forward(with, kX / kSteps);
  for (std::size_t k = 0; k < y.size(); ++k) ASSERT_NEAR(y[k], expected[k], 1e-6);
  with.input_steps = 0;
  EXPECT_NE(run.forward(with, 0), y);
}

TEST_F(RunOptions, OfDropout_ActInTrainingAloneAndBySeed) {
  Example run(CLN_MASK_NONE, 0.5f), plain;
  cln_run_options one = options(), two = options();
  one.dropout_seed = 1;
  two.dropout_seed = 2;
  EXPECT_EQ(run.train(one), run.train(one));
  EXPECT_NE(run.train(one), run.train(two));
  const Floats inferred = run.forward(one), expected = plain.forward(options());
  for (std::size_t k = 0; k < inferred.size(); ++k) ASSERT_NEAR(inferred[k], expected[k], 1e-6);
}

}  // namespace
}  // namespace convlstm::test
