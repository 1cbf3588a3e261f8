// Training in bounded memory: checkpoints and truncated backpropagation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kSteps = 7, kX = kSteps * 2 * 12, kY = kSteps * 3 * 12, kPart = 3 * 12;

struct Gradients {
  Floats y, dx, dh, dc, kernel, bias;
};

// A layer of two input and three hidden channels over one sequence of 7 steps of 3x4 images.
struct Example {
  explicit Example(std::int32_t output = CLN_OUTPUT_SEQUENCE) {
    cln_recurrent_desc desc = recurrent_desc(2, 3);
    desc.output = output;
    y_count = output == CLN_OUTPUT_LAST ? kPart : kY;
    layer = make_recurrent(context, desc);
    randomize(layer, 0.5f, 3);
    session = make_session(context, layer, {1, 3, 4});
    state = make_state(context, layer, {1, 3, 4});
  }
  Reserve reserve(std::int64_t checkpoint_every, std::int64_t truncate_every,
                  std::int64_t steps = kSteps) const {
    cln_reserve_options bounds;
    ok(cln_reserve_options_init(&bounds));
    bounds.checkpoint_every = checkpoint_every;
    bounds.truncate_every = truncate_every;
    cln_reserve* out = nullptr;
    ok(cln_reserve_create(session.get(), steps, &bounds, &out));
    return Reserve(out);
  }
  // Steps [begin, begin + steps); the state is carried from call to call. dstate: the gradient by the final
  // state.
  Gradients train(const Reserve& tape, std::int64_t begin, std::int64_t steps, float dstate) {
    const auto part = [&](const Floats& all, std::int64_t step) {
      return Floats(all.begin() + begin * step, all.begin() + (begin + steps) * step);
    };
    const std::int64_t count = y_count == kY ? steps * kPart : kPart;
    const Tensor input = make_tensor(context, {steps * 24}, part(x, 24)),
                 dx = make_tensor(context, {steps * 24});
    const Tensor y = make_tensor(context, {count}, poison(count));
    const Tensor slopes = make_tensor(
        context, {count}, y_count == kY ? part(dy, kPart) : Floats(dy.begin(), dy.begin() + kPart));
    const State gradient = make_state(context, layer, {1, 3, 4});
    for (const int k : {0, 1}) ok(cln_state_upload(gradient.get(), k, Floats(kPart, dstate).data(), kPart));
    ok(cln_session_forward_training(session.get(), steps, input.get(), nullptr, state.get(), tape.get(),
                                    y.get()));
    ok(cln_session_backward(session.get(), input.get(), tape.get(), slopes.get(), gradient.get(), dx.get()));
    return {
        values_of(y),          values_of(dx),        part_of(gradient, 0, kPart), part_of(gradient, 1, kPart),
        gradient_of(layer, 1), gradient_of(layer, 2)};
  }
  Gradients train(const Reserve& tape) {
    ok(cln_state_reset(state.get()));
    ok(cln_layer_zero_gradients(layer.get()));
    return train(tape, 0, kSteps, 0.3f);
  }
  Context context = make_context();
  Layer layer;
  Session session;
  std::int64_t y_count;
  State state;
  Floats x = random_floats(kX, 1), dy = random_floats(kY, 2);
};

void expect_near(const Floats& actual, const Floats& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t k = 0; k < actual.size(); ++k)
    ASSERT_NEAR(actual[k], expected[k], 2e-6 * std::max(1.0f, std::abs(expected[k])))
        << what << ", element " << k;
}

class Tapes : public CapiTest {};

TEST_F(Tapes, OfCheckpoints_GiveTheSameGradients) {
  for (const std::int32_t output : {CLN_OUTPUT_SEQUENCE, CLN_OUTPUT_LAST}) {
    Example run(output);
    const Gradients expected = run.train(run.reserve(0, 0));
    for (const std::int64_t every : {1, 2, 3, 7, 100}) {
      const Gradients actual = run.train(run.reserve(every, 0));
      EXPECT_EQ(actual.y, expected.y) << every;
      EXPECT_EQ(actual.dx, expected.dx) << every;
      EXPECT_EQ(actual.dh, expected.dh) << every;
      EXPECT_EQ(actual.dc, expected.dc) << every;
      expect_near(actual.kernel, expected.kernel, "recurrent kernel");
      expect_near(actual.bias, expected.bias, "bias");
    }
  }
}

TEST_F(Tapes, ThatAreTruncated_GiveTheGradientsOfTheChunksByThemselves) {
  Example run;
  for (const std::int64_t checkpoint : {0, 2}) {
    const Gradients actual = run.train(run.reserve(checkpoint, 3));
    ok(cln_state_reset(run.state.get()));
    ok(cln_layer_zero_gradients(run.layer.get()));
    const Reserve plain = run.reserve(0, 0);
    Floats y, dx;
    Gradients chunk, first;
    for (const std::int64_t begin : {0, 3, 6}) {
      chunk = run.train(plain, begin, std::min<std::int64_t>(3, kSteps - begin), begin == 6 ? 0.3f : 0.0f);
      if (begin == 0) first = chunk;
      y.insert(y.end(), chunk.y.begin(), chunk.y.end());
      dx.insert(dx.end(), chunk.dx.begin(), chunk.dx.end());
    }
    EXPECT_EQ(actual.y, y);
    EXPECT_EQ(actual.dx, dx);
    EXPECT_EQ(actual.dh, first.dh);
    EXPECT_EQ(actual.dc, first.dc);
    expect_near(actual.kernel, chunk.kernel, "recurrent kernel");
    expect_near(actual.bias, chunk.bias, "bias");
  }
}

TEST_F(Tapes, OfCheckpoints_HoldFewerBytesAndReportThePeak) {
  Example run;
  const auto held_of = [&](std::int64_t every) {
    ok(cln_debug_reset_peak());
    std::int64_t before = 0, after = 0, held = 0;
    ok(cln_debug_get_peak(&before));
    const Reserve tape = run.reserve(every, 0, 40 * kSteps);
    ok(cln_reserve_get_bytes(tape.get(), &held));
    ok(cln_debug_get_peak(&after));
    // A GPU's context may have kept the memory for it.
    EXPECT_GE(after - before, is_on_gpu() ? 0 : held);
    return held;
  };
  const std::int64_t plain = held_of(0), gates_again = held_of(1), few = held_of(16);
  EXPECT_LT(gates_again, plain);
  EXPECT_LT(few, gates_again);
}

TEST_F(Tapes, OfBoundsThatMakeNoSense_AreRefused) {
  const Example run;
  cln_reserve* out = nullptr;
  cln_reserve_options bounds{sizeof bounds, 0, -1, 0};
  expect_failure(CLN_INVALID_ARGUMENT, cln_reserve_create(run.session.get(), 2, &bounds, &out),
                 {"options.checkpoint_every", "at least 0", "-1"});
  bounds = {sizeof bounds, 0, 0, -2};
  expect_failure(CLN_INVALID_ARGUMENT, cln_reserve_create(run.session.get(), 2, &bounds, &out),
                 {"options.truncate_every", "-2"});
  bounds = {sizeof bounds, 3, 0, 0};
  expect_failure(CLN_INVALID_ARGUMENT, cln_reserve_create(run.session.get(), 2, &bounds, &out),
                 {"options.reserved"});
  const Layer conv = make_conv(run.context, 1, 1);
  const Session session = make_session(run.context, conv, {1, 2, 2});
  bounds = {sizeof bounds, 0, 2, 0};
  expect_failure(CLN_INVALID_ARGUMENT, cln_reserve_create(session.get(), 2, &bounds, &out),
                 {"options", "convolution"});
}

}  // namespace
}  // namespace convlstm::test
