#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "backend/backend.h"
#include "backend/cpu/instruction_set.h"
#include "support/problem.h"

namespace convlstm::test {
namespace {

// Runs on one, two and three threads and demands the same bits.
template <typename Run>
auto on_all_threads(const Run& run) {
  const auto result = run(*make_backend(CLN_DEVICE_CPU, 0, 1));
  for (int threads : {2, 3}) {
    EXPECT_TRUE(run(*make_backend(CLN_DEVICE_CPU, 0, threads)) == result) << threads << " threads";
  }
  return result;
}

constexpr std::int64_t kCounts[] = {1, 3, 17, 4096, 4097, 50001};

TEST(Ops, Fill_WritesExactlyTheRange) {
  for (std::int64_t count : kCounts) {
    const Floats result = on_all_threads([&](Backend& backend) {
      Floats data(at(count + 2), 5.0f);
      backend.fill(data.data() + 1, count, -2.5f);
      return data;
    });
    Floats expected(at(count + 2), -2.5f);
    expected.front() = expected.back() = 5.0f;
    EXPECT_EQ(result, expected);
  }
}

TEST(Ops, CopyChannels_MatchesPlainLoops) {
  Random random(3);
  for (const std::int64_t area : {1, 7, 4096}) {
    const ChannelRange from{5, 2}, to{4, 1};
    const std::int64_t images = 3, count = 3;
    const Floats source = uniform(random, images * 5 * area, -1, 1);
    Floats expected(at(images * 4 * area), 9.0f);
    for (std::int64_t n = 0; n < images; ++n)
      for (std::int64_t k = 0; k < count; ++k)
        for (std::int64_t a = 0; a < area; ++a)
          expected[at((n * 4 + 1 + k) * area + a)] = source[at((n * 5 + 2 + k) * area + a)];
    EXPECT_EQ(on_all_threads([&](Backend& backend) {
                Floats destination(expected.size(), 9.0f);
                backend.copy_channels(source.data(), from, destination.data(), to, images, count, area);
                return destination;
              }),
              expected);
  }
}

TEST(Ops, NormOfGradients_MatchesDouble) {
  Random random(4);
  for (std::int64_t count : kCounts) {
    const Floats data = uniform(random, count, -3, 3);
    double expected = 0;
    for (float v : data) expected += static_cast<double>(v) * static_cast<double>(v);
    const std::array arrays{FloatArray{data.data(), count}, FloatArray{nullptr, 0},
                            FloatArray{data.data(), 1}};
    expected += static_cast<double>(data[0]) * static_cast<double>(data[0]);
    const double norm = on_all_threads([&](Backend& b) {
      StepRecord step;
      b.decide({0, 0.9f, 0.999f}, arrays, &step);
      return step.norm;
    });
    EXPECT_NEAR(norm * norm, expected, 1e-12 * expected);
  }
}

TEST(Ops, Add_MatchesPlainSum) {
  Random random(7);
  for (std::int64_t count : kCounts) {
    const Floats a = uniform(random, count, -3, 3), b = uniform(random, count, -3, 3);
    const Floats sum = on_all_threads([&](Backend& backend) {
      Floats result = a;
      backend.add(result.data(), b.data(), count);
      return result;
    });
    for (std::size_t k = 0; k < a.size(); ++k) ASSERT_EQ(sum[k], a[k] + b[k]);
  }
}

struct LossResult {
  float loss;
  Floats gradient;
  bool operator==(const LossResult&) const = default;
};

void check_loss(cln_loss kind, float range, bool is_weighted, double (*loss_of)(double, double),
                double (*slope_of)(double, double)) {
  Random random(5);
  for (std::int64_t count : kCounts) {
    const Floats w = is_weighted ? uniform(random, count, 0, 3) : Floats(at(count), 1.0f);
    const float* weights = is_weighted ? w.data() : nullptr;
    Floats p = uniform(random, count, -range, range), y = uniform(random, count, 0, 1);
    p[0] = range;
    y[0] = 0;
    double expected = 0;
    for (std::int64_t k = 0; k < count; ++k)
      expected += static_cast<double>(w[at(k)]) * loss_of(p[at(k)], y[at(k)]);
    expected /= static_cast<double>(count);
    const LossResult actual = on_all_threads([&](Backend& backend) {
      LossResult r{0, Floats(at(count), NAN)};
      backend.loss(kind, p.data(), y.data(), weights, r.gradient.data(), count, &r.loss);
      Floats in_place = p;
      float loss = NAN;
      backend.loss(kind, in_place.data(), y.data(), weights, in_place.data(), count, &loss);
      EXPECT_EQ(loss, r.loss);
      EXPECT_EQ(in_place, r.gradient);
      backend.loss(kind, p.data(), y.data(), weights, nullptr, count, &(loss = NAN));
      EXPECT_EQ(loss, r.loss);
      Floats slope(at(count), NAN);
      backend.loss(kind, p.data(), y.data(), weights, slope.data(), count, nullptr);
      EXPECT_EQ(slope, r.gradient);
      return r;
    });
    EXPECT_NEAR(actual.loss, expected, 1e-6 * expected);
    for (std::int64_t k = 0; k < count; ++k)
      ASSERT_NEAR(actual.gradient[at(k)] * static_cast<double>(count),
                  static_cast<double>(w[at(k)]) * slope_of(p[at(k)], y[at(k)]),
                  3e-6 * static_cast<double>(range));
  }
}

TEST(Ops, MeanSquaredError_MatchesDouble) {
  for (const bool is_weighted : {false, true})
    check_loss(
        CLN_LOSS_MEAN_SQUARED_ERROR, 4, is_weighted, [](double p, double y) { return (p - y) * (p - y); },
        [](double p, double y) { return 2 * (p - y); });
}

TEST(Ops, BinaryCrossEntropy_LargeLogits_MatchesDouble) {
  for (const bool is_weighted : {false, true})
    check_loss(
        CLN_LOSS_BINARY_CROSS_ENTROPY, 120, is_weighted,
        [](double p, double y) { return std::max(p, 0.0) - p * y + std::log1p(std::exp(-std::fabs(p))); },
        [](double p, double y) { return 1 / (1 + std::exp(-p)) - y; });
}

TEST(Ops, Sgd_MatchesDouble) {
  Random random(6);
  for (std::int64_t count : kCounts) {
    const Floats g = uniform(random, count, -1, 1), v0 = uniform(random, count, -1, 1),
                 p0 = uniform(random, count, -1, 1);
    Floats v = v0, p = p0;
    StepRecord step;
    step.scale = 0.5f;
    step.is_made = 1;
    make_backend(CLN_DEVICE_CPU, 0, 2)
        ->update(SgdUpdate{0.1f, 0.9f}, &step, g.data(), v.data(), p.data(), count);
    for (std::size_t k = 0; k < p.size(); ++k) {
      const double velocity = 0.9 * static_cast<double>(v0[k]) + 0.5 * static_cast<double>(g[k]);
      ASSERT_NEAR(v[k], velocity, 1e-6);
      ASSERT_NEAR(p[k], static_cast<double>(p0[k]) - 0.1 * velocity, 1e-6);
    }
  }
}

TEST(Ops, Adam_SeveralSteps_MatchesDouble) {
  Random random(7);
  const std::int64_t count = 10007;
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 2);
  Floats p = uniform(random, count, -1, 1), m(at(count), 0.0f), v(at(count), 0.0f);
  std::vector<double> dp(p.begin(), p.end()), dm(at(count)), dv(at(count));
  StepRecord record;
  for (int step = 1; step <= 5; ++step) {
    const Floats g = uniform(random, count, -1, 1);
    decide_step(record, {1, 0.9f, 0.999f}, 16);  // a norm of 4 where 1 is the limit
    backend->update(AdamUpdate{1e-3f, 0.9f, 0.999f, 1e-8f}, &record, g.data(), m.data(), v.data(), p.data(),
                    count);
    for (std::size_t k = 0; k < p.size(); ++k) {
      const double scaled = 0.25 * static_cast<double>(g[k]);
      dm[k] = 0.9 * dm[k] + 0.1 * scaled;
      dv[k] = 0.999 * dv[k] + 0.001 * scaled * scaled;
      dp[k] -= 1e-3 * (dm[k] / (1 - std::pow(0.9, step))) /
               (std::sqrt(dv[k] / (1 - std::pow(0.999, step))) + 1e-8);
      ASSERT_NEAR(p[k], dp[k], 2e-6) << "step " << step;
    }
  }
}

TEST(Ops, StepThatIsSkipped_ChangesNothing) {
  for (const std::int64_t count : kCounts) {
    const auto backend = make_backend(CLN_DEVICE_CPU, 0, 2);
    const Floats g(at(count), NAN), before(at(count), 1.5f);
    StepRecord step;
    backend->decide({1, 0.9f, 0.999f}, std::array{FloatArray{g.data(), count}}, &step);
    EXPECT_EQ(step.made, 0);
    EXPECT_EQ(step.skipped, 1);
    Floats m = before, v = before, p = before;
    backend->update(SgdUpdate{0.1f, 0.9f}, &step, g.data(), v.data(), p.data(), count);
    backend->update(AdamUpdate{0.1f, 0.9f, 0.999f, 1e-8f}, &step, g.data(), m.data(), v.data(), p.data(),
                    count);
    EXPECT_EQ(m, before);
    EXPECT_EQ(v, before);
    EXPECT_EQ(p, before);
  }
}

// Units in the last place of a float near `expected`.
double ulps(float actual, double expected) {
  const float rounded = static_cast<float>(expected);
  const double unit = static_cast<double>(std::nextafter(std::fabs(rounded), INFINITY)) -
                      static_cast<double>(std::fabs(rounded));
  return std::fabs(static_cast<double>(actual) - expected) / unit;
}

Floats sweep() {
  Floats values;
  for (float v = 1e-30f; v < 100.0f; v *= 1.003f) values.insert(values.end(), {v, -v});
  for (float v = -20.0f; v < 20.0f; v += 0.00371f) values.push_back(v);
  return values;
}

TEST(GateMaths, Sigmoid_StaysWithinFourUlp) {
  for (const cpu::Kernels* kernels : cpu::available_kernels()) {
    const Floats x = sweep();
    Floats y = x;
    kernels->sigmoid(y.data(), static_cast<std::int64_t>(y.size()));
    double worst = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (x[k] < -86) continue;  // clamped, near the smallest normal number
      worst = std::max(worst, ulps(y[k], 1 / (1 + std::exp(-static_cast<double>(x[k])))));
    }
    EXPECT_LE(worst, 4) << kernels->name;
  }
}

TEST(GateMaths, Tanh_StaysWithinSixUlpDownToTinyValues) {
  for (const cpu::Kernels* kernels : cpu::available_kernels()) {
    const Floats x = sweep();
    Floats y = x;
    kernels->tanh(y.data(), static_cast<std::int64_t>(y.size()));
    double worst = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      worst = std::max(worst, ulps(y[k], std::tanh(static_cast<double>(x[k]))));
    EXPECT_LE(worst, 6) << kernels->name;
  }
}

TEST(GateMaths, Extremes_SaturateAndNaNStays) {
  for (const cpu::Kernels* kernels : cpu::available_kernels()) {
    Floats s = {1e30f, -1e30f, INFINITY, -INFINITY, 0.0f, NAN};
    Floats t = s;
    kernels->sigmoid(s.data(), 6);
    kernels->tanh(t.data(), 6);
    EXPECT_EQ(s[0], 1.0f);
    EXPECT_LT(s[1], 1e-37f);
    EXPECT_EQ(s[2], 1.0f);
    EXPECT_LT(s[3], 1e-37f);
    EXPECT_EQ(s[4], 0.5f);
    EXPECT_TRUE(std::isnan(s[5])) << kernels->name;
    EXPECT_EQ(t[0], 1.0f);
    EXPECT_EQ(t[1], -1.0f);
    EXPECT_EQ(t[2], 1.0f);
    EXPECT_EQ(t[3], -1.0f);
    EXPECT_EQ(t[4], 0.0f);
    EXPECT_TRUE(std::isnan(t[5])) << kernels->name;
  }
}

}  // namespace
}  // namespace convlstm::test
