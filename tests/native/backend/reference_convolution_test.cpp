// The oracle's convolutions: where kernels look, by hand and against sums over a padded image.
#include <gtest/gtest.h>

#include <array>

#include "backend/cpu/reference_correlation.h"
#include "core/random.h"

namespace convlstm::test {
namespace {

using cpu::reference::Correlation;
using cpu::reference::Doubles;
using cpu::reference::size_of;

struct Row {
  cln_padding padding;
  std::int64_t n, kernel, stride, dilation;
  std::int64_t given_before, given_after;  // of CLN_PADDING_EXPLICIT
  std::int64_t output, before;             // expected
};

InputConvolution convolution_of(const Row& row) {
  InputConvolution c;
  c.kernel = {1, row.kernel};
  c.stride = {1, row.stride};
  c.dilation = {1, row.dilation};
  c.padding = row.padding;
  c.before.w = row.given_before;
  c.after.w = row.given_after;
  return c;
}

TEST(ReferenceConvolution, Padding_GivesTheSizesComputedByHand) {
  const auto tensorflow = CLN_PADDING_SAME_TENSORFLOW, pytorch = CLN_PADDING_SAME_PYTORCH;
  const auto valid = CLN_PADDING_VALID, given = CLN_PADDING_EXPLICIT;
  const Row rows[] = {
      {tensorflow, 5, 3, 2, 1, 0, 0, 3, 1},  // total (3 - 1) * 2 + 3 - 5 = 2
      {tensorflow, 6, 3, 2, 1, 0, 0, 3, 0},  // total 1, all of it after
      {tensorflow, 5, 4, 1, 1, 0, 0, 5, 1},  // total 3
      {tensorflow, 5, 2, 2, 1, 0, 0, 3, 0},  // total 1
      {tensorflow, 7, 3, 1, 2, 0, 0, 7, 2},  // total 4
      {tensorflow, 8, 1, 3, 1, 0, 0, 3, 0},  // total max(7 - 8, 0)
      {tensorflow, 7, 5, 3, 1, 0, 0, 3, 2},  // total 4
      {tensorflow, 2, 7, 1, 1, 0, 0, 2, 3},  // total 6
      {pytorch, 5, 3, 2, 1, 0, 0, 3, 1},    {pytorch, 6, 3, 2, 1, 0, 0, 3, 1},  // not TensorFlow's
      {pytorch, 6, 4, 2, 1, 0, 0, 3, 1},                                        // total 3
      {pytorch, 7, 2, 1, 3, 0, 0, 7, 1},                                        // total 3
      {pytorch, 8, 1, 3, 1, 0, 0, 3, 0},    {valid, 5, 3, 2, 1, 0, 0, 2, 0},
      {valid, 7, 3, 1, 2, 0, 0, 3, 0},      {valid, 7, 3, 3, 1, 0, 0, 2, 0},
      {valid, 3, 3, 1, 1, 0, 0, 1, 0},      {valid, 4, 5, 1, 1, 0, 0, 0, 0},  // does not fit
      {given, 5, 3, 2, 1, 0, 1, 2, 0},      {given, 4, 3, 1, 1, 2, 0, 4, 2},
      {given, 1, 4, 2, 1, 4, 3, 3, 4},
  };
  for (const Row& row : rows) {
    const Axes axes = axes_of(convolution_of(row), {1, row.n});
    SCOPED_TRACE(testing::Message() << row.padding << " n " << row.n << " k " << row.kernel << " s "
                                    << row.stride << " d " << row.dilation);
    EXPECT_EQ(axes.w.output, row.output);
    EXPECT_EQ(axes.w.before, row.before);
    EXPECT_EQ(axes.h.output, 1);
    EXPECT_EQ(axes.d.output, 1);
  }
}

TEST(ReferenceConvolution, OneDimension_GivesTheNumbersByHand) {
  const Doubles w{1, 10, 100, 1000};
  const auto y_of = [&](const Axes& axes) {
    Doubles x, y(size_of(axes.w.output));
    for (std::int64_t k = 1; k <= axes.w.input; ++k) x.push_back(static_cast<double>(k));
    Correlation{axes, 1, 1}.forward(x.data(), w.data(), y.data());
    return y;
  };
  const auto strided = [&](cln_padding padding, std::int64_t n) {
    return y_of(axes_of(convolution_of({padding, n, 3, 2, 1, 0, 0, 0, 0}), {1, n}));
  };
  EXPECT_EQ(strided(CLN_PADDING_SAME_TENSORFLOW, 5), (Doubles{210, 432, 54}));
  EXPECT_EQ(strided(CLN_PADDING_SAME_TENSORFLOW, 6), (Doubles{321, 543, 65}));
  EXPECT_EQ(strided(CLN_PADDING_SAME_PYTORCH, 6), (Doubles{210, 432, 654}));
  EXPECT_EQ(strided(CLN_PADDING_VALID, 6), (Doubles{321, 543}));
  EXPECT_EQ(y_of(axes_of(convolution_of({CLN_PADDING_VALID, 5, 3, 1, 2, 0, 0, 0, 0}), {1, 5})),
            (Doubles{531}));
  EXPECT_EQ(y_of(same_axes({1, 2}, {1, 1}, {1, 3})), (Doubles{21, 32, 3}));
  EXPECT_EQ(y_of(same_axes({1, 4}, {1, 1}, {1, 3})), (Doubles{3210, 321, 32}));
  EXPECT_EQ(y_of(same_axes({1, 2}, {1, 2}, {1, 3})), (Doubles{20, 31, 2}));
  EXPECT_EQ(y_of(same_axes({1, 4}, {1, 9}, {1, 2})),
            (Doubles{0, 0}));  // (K - 1) * 9 / 2 = 13 before: 5 and 14 miss
}

struct Sizes {
  Size3 input, kernel, stride, dilation, before, after;
};

// The sum over every input pixel and kernel element that meet in an output pixel.
Doubles by_definition(const Correlation& maths, const Sizes& s, const Doubles& x, const Doubles& w) {
  const Size3 out = maths.axes.output();
  Doubles y(size_of(maths.output_count()));
  const auto place = [](std::int64_t c, const Size3& size, std::int64_t d, std::int64_t h, std::int64_t v) {
    return size_of(((c * size.d + d) * size.h + h) * size.w + v);
  };
  const auto visit = [](const Size3& size, const auto& call) {
    for (std::int64_t d = 0; d < size.d; ++d)
      for (std::int64_t h = 0; h < size.h; ++h)
        for (std::int64_t v = 0; v < size.w; ++v) call(Size3{h, v, d});
  };
  const auto meet = [&](std::int64_t Size3::*m, const Size3& p, const Size3& k, const Size3& i) {
    return s.stride.*m * (p.*m) + s.dilation.*m * (k.*m) == i.*m + s.before.*m;
  };
  for (std::int64_t o = 0; o < maths.outputs; ++o)
    for (std::int64_t c = 0; c < maths.inputs; ++c)
      visit(out, [&](const Size3& p) {
        visit(s.kernel, [&](const Size3& k) {
          visit(s.input, [&](const Size3& i) {
            if (meet(&Size3::d, p, k, i) && meet(&Size3::h, p, k, i) && meet(&Size3::w, p, k, i))
              y[place(o, out, p.d, p.h, p.w)] += w[place(o * maths.inputs + c, s.kernel, k.d, k.h, k.w)] *
                                                 x[place(c, s.input, i.d, i.h, i.w)];
          });
        });
      });
  return y;
}

TEST(ReferenceConvolution, RandomSizes_MatchTheDefinitionAndItsAdjoints) {
  Random random(12);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  const auto sizes = [&](std::int64_t low, std::int64_t high) {
    return Size3{pick(low, high), pick(low, high), pick(low, high)};
  };
  const auto array = [&](std::int64_t count) {
    Doubles result(size_of(count));
    for (double& v : result) v = static_cast<double>(random.uniform(-1, 1));
    return result;
  };
  const auto dot = [](const Doubles& a, const Doubles& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
    return sum;
  };
  int checked = 0;
  while (checked < 100) {
    const Sizes s{sizes(1, 5), sizes(1, 4), sizes(1, 3), sizes(1, 2), sizes(0, 3), sizes(0, 3)};
    const Correlation maths{
        axes_of({s.kernel, s.stride, s.dilation, CLN_PADDING_EXPLICIT, s.before, s.after}, s.input),
        pick(1, 2), pick(1, 2)};
    if (maths.output_count() == 0) continue;
    ++checked;
    const Doubles x = array(maths.input_count()), w = array(maths.kernel_count()),
                  dy = array(maths.output_count());
    Doubles y(dy.size()), dx(x.size()), dw(w.size());
    maths.forward(x.data(), w.data(), y.data());
    maths.backward_data(dy.data(), w.data(), dx.data());
    maths.backward_kernel(dy.data(), x.data(), dw.data());
    const Doubles expected = by_definition(maths, s, x, w);
    for (std::size_t k = 0; k < y.size(); ++k) ASSERT_NEAR(y[k], expected[k], 1e-12);
    // y is linear in x and in w.
    ASSERT_NEAR(dot(dx, x), dot(dy, y), 1e-11);
    ASSERT_NEAR(dot(dw, w), dot(dy, y), 1e-11);
  }
}

}  // namespace
}  // namespace convlstm::test
