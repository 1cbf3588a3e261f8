#include "support/fixture.h"
#include "support/objects.h"
#include "support/plain_conv_lstm.h"

namespace convlstm::test {
namespace {

class Forward : public CapiTest {
 protected:
  Context context = make_context(2);

  void SetUp() override {}
  void TearDown() override {
    context.reset();
    CapiTest::TearDown();
  }
};

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

// The layer `desc` over (T, N, C, H, W) compared with the plain loops, outputs and states.
void expect_plain(const Context& context, const cln_recurrent_desc& desc, const Shape& shape,
                  std::int64_t steps) {
  const std::int64_t C = desc.input_channels, F = desc.hidden_channels, area = shape.h * shape.w;
  const Layer layer = make_recurrent(context, desc);
  randomize(layer, 0.4f, 7);
  PlainConvLstm plain;
  plain.C = C;
  plain.F = F;
  plain.H = shape.h;
  plain.W = shape.w;
  plain.kx_h = desc.input_kernel[0];
  plain.kx_w = desc.input_kernel[1];
  plain.kh_h = desc.recurrent_kernel[0];
  plain.kh_w = desc.recurrent_kernel[1];
  plain.forget_bias = static_cast<double>(desc.forget_bias);
  std::int32_t index = 0;
  if (C > 0) plain.input_kernel = parameter_of(layer, index++);
  plain.recurrent_kernel = parameter_of(layer, index++);
  if (desc.bias == CLN_BIAS_ONE) plain.bias = parameter_of(layer, index++);
  if (desc.peephole == CLN_PEEPHOLE_PER_CHANNEL) plain.peephole = parameter_of(layer, index++);

  const Session session = make_session(context, layer, shape);
  const State state = make_state(context, layer, shape);
  const std::int64_t x_image = C * area, image = F * area, part = shape.n * image;
  const Floats h = random_floats(part, 11), c = random_floats(part, 12);
  ok(cln_state_upload(state.get(), 0, h.data(), part));
  ok(cln_state_upload(state.get(), 1, c.data(), part));
  const Floats x = random_floats(steps * shape.n * x_image, 13);  // (N, T, C, H, W)
  const Floats y = run(session, steps, x, state, steps * part);
  const Floats last_h = part_of(state, 0, part), last_c = part_of(state, 1, part);

  for (std::int64_t n = 0; n < shape.n; ++n) {
    std::vector<double> ph(h.begin() + n * image, h.begin() + (n + 1) * image);
    std::vector<double> pc(c.begin() + n * image, c.begin() + (n + 1) * image);
    const Floats sequence(x.begin() + n * steps * x_image, x.begin() + (n + 1) * steps * x_image);
    const std::vector<double> expected = plain.run(steps, sequence, ph, pc);
    for (std::int64_t k = 0; k < steps * image; ++k)
      ASSERT_NEAR(y[at(n * steps * image + k)], expected[at(k)], 2e-6)
          << "sequence " << n << ", element " << k;
    for (std::int64_t k = 0; k < image; ++k) {
      ASSERT_NEAR(last_h[at(n * image + k)], ph[at(k)], 2e-6);
      ASSERT_NEAR(last_c[at(n * image + k)], pc[at(k)], 4e-6);
    }
  }
}

// Bitwise equality, but for the reference executor: it computes in double, and a state that is carried is
// rounded.
void expect_same_run(const Session& session, const Floats& actual, const Floats& expected) {
  cln_session_info info{sizeof info, 0, 0, 0, {}, nullptr};
  ok(cln_session_get_info(session.get(), &info));
  if (std::string(info.executor) != "reference") {
    EXPECT_EQ(actual, expected);
    return;
  }
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-6);
}

TEST_F(Forward, OfThePrimersExample_FollowsTheEquations) {
  // 5x5 images of 3 channels, hidden 10, kernel 3x3: with and without peepholes.
  cln_recurrent_desc desc = recurrent_desc(3, 10);
  expect_plain(context, desc, {1, 5, 5}, 10);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  expect_plain(context, desc, {1, 5, 5}, 10);
}

TEST_F(Forward, OfOddShapes_FollowsTheEquations) {
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.forget_bias = 1.0f;
  desc.input_kernel[0] = 5;
  desc.input_kernel[1] = 1;
  desc.recurrent_kernel[0] = 2;
  desc.recurrent_kernel[1] = 4;
  expect_plain(context, desc, {2, 3, 7}, 3);
  expect_plain(context, desc, {1, 1, 1}, 4);
  desc.bias = CLN_BIAS_NONE;
  expect_plain(context, desc, {3, 1, 6}, 2);
}

TEST_F(Forward, WithoutInput_FollowsTheEquations) {
  cln_recurrent_desc desc = recurrent_desc(0, 5);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  expect_plain(context, desc, {2, 4, 3}, 3);
  const Layer layer = make_recurrent(context, desc);
  const Session session = make_session(context, layer, {1, 2, 2});
  float x[4] = {}, y[20];
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_forward_host(session.get(), 1, x, 4, nullptr, nullptr, y, 20),
                 {"x_count", "NULL", "got 4"});
}

TEST_F(Forward, OfASplitSequence_WithTheStateCarried_IsBitwiseTheWhole) {
  const Shape shape{1, 6, 5};
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3));
  randomize(layer, 0.5f, 1);
  const Session session = make_session(context, layer, shape);
  const std::int64_t x_step = 60, y_step = 90;
  const Floats x = random_floats(7 * x_step, 2);
  const State whole = make_state(context, layer, shape), carried = make_state(context, layer, shape);
  const Floats y = run(session, 7, x, whole, 7 * y_step);
  Floats parts = run(session, 3, Floats(x.begin(), x.begin() + 3 * x_step), carried, 3 * y_step);
  const Floats rest = run(session, 4, Floats(x.begin() + 3 * x_step, x.end()), carried, 4 * y_step);
  parts.insert(parts.end(), rest.begin(), rest.end());
  expect_same_run(session, parts, y);
  for (std::int32_t part = 0; part < 2; ++part)
    expect_same_run(session, part_of(carried, part, y_step), part_of(whole, part, y_step));
}

TEST_F(Forward, WithoutAState_StartsFromZerosEachTime) {
  const Shape shape{1, 4, 4};
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  randomize(layer, 0.5f, 1);
  const Session session = make_session(context, layer, shape);
  const Floats x = random_floats(3 * 16, 2);
  const Floats first = run(session, 3, x, nullptr, 3 * 32);
  EXPECT_EQ(run(session, 3, x, nullptr, 3 * 32), first);
  EXPECT_EQ(run(session, 3, x, make_state(context, layer, shape), 3 * 32), first);
}

TEST_F(Forward, OfTheLastOutputOnly_IsBitwiseTheLastOfTheSequence) {
  const Shape shape{2, 3, 5};
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  const Layer all = make_recurrent(context, desc);
  desc.output = CLN_OUTPUT_LAST;
  const Layer last = make_recurrent(context, desc);
  randomize(all, 0.5f, 3);
  randomize(last, 0.5f, 3);
  const Floats x = random_floats(4 * 2 * 30, 4);
  const State state = make_state(context, last, shape);
  const Floats sequence = run(make_session(context, all, shape), 4, x, nullptr, 2 * 4 * 45);
  const Floats actual = run(make_session(context, last, shape), 4, x, state, 2 * 45);
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t k = 0; k < 45; ++k)
      ASSERT_EQ(actual[at(n * 45 + k)], sequence[at((n * 4 + 3) * 45 + k)]);
  EXPECT_EQ(part_of(state, 0, 90), actual);
}

TEST_F(Forward, OfTheTwoLayouts_IsBitwiseEqualByTransposition) {
  const Shape shape{3, 4, 2};
  const std::int64_t T = 5, x_image = 16, y_image = 24;
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  const Layer batch_first = make_recurrent(context, desc);
  desc.layout = CLN_LAYOUT_TNCHW;
  const Layer time_first = make_recurrent(context, desc);
  randomize(batch_first, 0.5f, 5);
  randomize(time_first, 0.5f, 5);
  const Floats ntchw = random_floats(3 * T * x_image, 6);
  Floats tnchw(ntchw.size());
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::int64_t t = 0; t < T; ++t)
      std::copy_n(ntchw.begin() + (n * T + t) * x_image, x_image, tnchw.begin() + (t * 3 + n) * x_image);
  const Floats expected = run(make_session(context, batch_first, shape), T, ntchw, nullptr, 3 * T * y_image);
  const Floats actual = run(make_session(context, time_first, shape), T, tnchw, nullptr, 3 * T * y_image);
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::int64_t t = 0; t < T; ++t)
      for (std::int64_t k = 0; k < y_image; ++k)
        ASSERT_EQ(actual[at((t * 3 + n) * y_image + k)], expected[at((n * T + t) * y_image + k)]);
}

TEST_F(Forward, OfChannelsLast_IsBitwiseThatOfChannelsFirst) {
  const Shape shape{3, 4, 2};
  const std::int64_t images = 15, area = 8;
  const auto transpose = [&](const Floats& from, std::int64_t rows, std::int64_t columns) {
    Floats to(from.size());
    for (std::int64_t i = 0; i < images; ++i)
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c)
          to[at((i * columns + c) * rows + r)] = from[at((i * rows + r) * columns + c)];
    return to;
  };
  cln_recurrent_desc desc = recurrent_desc(2, 3);
  const Floats x = random_floats(images * 2 * area, 6);
  for (const auto& [first, last] :
       {std::pair{CLN_LAYOUT_NTCHW, CLN_LAYOUT_NTHWC}, std::pair{CLN_LAYOUT_TNCHW, CLN_LAYOUT_TNHWC}}) {
    desc.layout = first;
    const Layer channels_first = make_recurrent(context, desc);
    desc.layout = last;
    const Layer channels_last = make_recurrent(context, desc);
    randomize(channels_first, 0.5f, 5);
    randomize(channels_last, 0.5f, 5);
    const std::int64_t y_count = images * 3 * area;
    const Floats expected = run(make_session(context, channels_first, shape), 5, x, nullptr, y_count);
    const Floats actual =
        run(make_session(context, channels_last, shape), 5, transpose(x, 2, area), nullptr, y_count);
    EXPECT_EQ(transpose(actual, area, 3), expected);
  }
}

TEST_F(Forward, OfTwoBiases_IsThatOfTheirSum) {
  cln_recurrent_desc desc = recurrent_desc(1, 2);
  const Layer one = make_recurrent(context, desc);
  desc.bias = CLN_BIAS_TWO;
  const Layer two = make_recurrent(context, desc);
  randomize(one, 0.5f, 3);
  randomize(two, 0.5f, 3);
  Floats first(8), second(8), sum(8);
  for (std::size_t k = 0; k < 8; ++k) {  // exact in float
    first[k] = static_cast<float>(k) / 8;
    second[k] = 0.5f - static_cast<float>(k) / 4;
    sum[k] = first[k] + second[k];
  }
  set_parameter(one, 2, sum);
  set_parameter(two, 2, first);
  set_parameter(two, 3, second);
  const Shape shape{1, 3, 4};
  const Floats x = random_floats(24, 4);
  EXPECT_EQ(run(make_session(context, two, shape), 2, x, nullptr, 48),
            run(make_session(context, one, shape), 2, x, nullptr, 48));
}

TEST_F(Forward, OverTensors_IsBitwiseThatOverHostMemory) {
  const Shape shape{2, 3, 3};
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3));
  randomize(layer, 0.5f, 8);
  const Session session = make_session(context, layer, shape);
  const Floats x = random_floats(4 * 36, 9);
  const Tensor input = make_tensor(context, {4 * 36}, x);
  const Tensor output = make_tensor(context, {2, 4, 3, 3, 3}, poison(4 * 54));
  ok(cln_session_forward(session.get(), 4, input.get(), nullptr, nullptr, output.get()));
  EXPECT_EQ(values_of(output), run(session, 4, x, nullptr, 4 * 54));
}

TEST_F(Forward, AfterParametersChange_UsesTheNewOnes) {
  const Shape shape{1, 4, 4};
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2)),
              fresh = make_recurrent(context, recurrent_desc(1, 2));
  randomize(layer, 0.5f, 1);
  const Session session = make_session(context, layer, shape);
  const Floats x = random_floats(2 * 16, 2);
  const Floats before = run(session, 2, x, nullptr, 64);
  randomize(layer, 0.5f, 100);
  randomize(fresh, 0.5f, 100);
  const Floats after = run(session, 2, x, nullptr, 64);
  EXPECT_NE(after, before);
  EXPECT_EQ(after, run(make_session(context, fresh, shape), 2, x, nullptr, 64));
}

TEST_F(Forward, OfAConvolution_IsACrossCorrelation) {
  const Shape shape{2, 5, 4};
  const Layer layer = make_conv(context, 3, 2, 3);
  randomize(layer, 1.0f, 1);
  const Floats kernel = parameter_of(layer, 0), bias = parameter_of(layer, 1);
  const Session session = make_session(context, layer, shape);
  const Floats x = random_floats(3 * 2 * 60, 2);  // (T, N, C, H, W)
  const Floats y = run(session, 3, x, nullptr, 3 * 2 * 40);
  for (std::int64_t image = 0; image < 6; ++image)
    for (std::int64_t out = 0; out < 2; ++out)
      for (std::int64_t row = 0; row < 5; ++row)
        for (std::int64_t column = 0; column < 4; ++column) {
          const double expected =
              static_cast<double>(bias[at(out)]) +
              correlate(x.data() + image * 60, kernel.data() + out * 27, 3, 5, 4, 3, 3, row, column);
          ASSERT_NEAR(y[at((image * 2 + out) * 20 + row * 4 + column)], expected, 4e-6);
        }
  const Layer recurrent = make_recurrent(context, recurrent_desc(3, 2));
  const State state = make_state(context, recurrent, shape);
  Floats out(80);
  expect_failure(
      CLN_INVALID_ARGUMENT,
      cln_session_forward_host(session.get(), 1, x.data(), 120, nullptr, state.get(), out.data(), 80),
      {"state", "convolution"});
}

}  // namespace
}  // namespace convlstm::test
