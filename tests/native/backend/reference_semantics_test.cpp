// What the oracle makes of masks, missing inputs, dropout and bfloat16, seen from outside.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cell/bfloat16.h"
#include "cell/dropout.h"
#include "support/reference_case.h"

namespace convlstm::test {
namespace {

constexpr cln_cell kCells[] = {CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                               CLN_CELL_ST_LSTM};

RecurrentDesc layer(cln_cell cell) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.bias = CLN_BIAS_TWO;
  desc.input_channels = 2;
  desc.hidden_channels = 2;
  return desc;
}

// Elements of part `n` of `parts` equal ones.
Doubles slice(const Doubles& array, std::size_t n, std::size_t parts) {
  const auto size = static_cast<std::ptrdiff_t>(array.size() / parts);
  const auto begin = array.begin() + static_cast<std::ptrdiff_t>(n) * size;
  return {begin, begin + size};
}

Doubles joined(const Doubles& a, const Doubles& b) {
  Doubles result = a;
  result.insert(result.end(), b.begin(), b.end());
  return result;
}

double largest_difference(const Doubles& a, const Doubles& b) {
  double largest = a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::fabs(a[k] - b[k]));
  return largest;
}

double largest(const Doubles& a) {
  return largest_difference(a, Doubles(a.size()));
}

// Four steps, of which the second and the last count.
Case masked_case(cln_cell cell, cln_mask mask) {
  RecurrentDesc desc = layer(cell);
  desc.mask = mask;
  Case c = make_case(5, desc, {1, {3, 4}}, 4);
  c.active = {0, 1, 0, 1};
  c.emits = {0, 1, mask == CLN_MASK_REPEAT, 1};
  return c;
}

TEST(ReferenceSemantics, Mask_GivesWhatTheShorterSequenceGives) {
  for (const cln_cell cell : kCells)
    for (const cln_mask mask : {CLN_MASK_REPEAT, CLN_MASK_ZERO}) {
      SCOPED_TRACE(testing::Message() << "cell " << cell << " mask " << mask);
      Case c = masked_case(cell, mask);
      for (double& v : c.sequence.x)
        if (&v < c.sequence.x.data() + c.sequence.x.size() / 4)
          v = 1e6;  // x of a masked step does not matter
      Case shorter = c;
      shorter.active.clear();
      shorter.sequence.steps = 2;
      shorter.sequence.input = {0, 2};
      shorter.sequence.x = joined(slice(c.sequence.x, 1, 4), slice(c.sequence.x, 3, 4));
      shorter.y_weights = joined(slice(c.y_weights, 1, 4), slice(c.y_weights, 3, 4));
      const Doubles zeros(c.y_weights.size() / 4);
      if (mask == CLN_MASK_REPEAT)  // y of step 1 counts twice
        for (std::size_t k = 0; k < zeros.size(); ++k) shorter.y_weights[k] += slice(c.y_weights, 2, 4)[k];
      const Outputs out = run(c), expected = run(shorter);
      const Doubles first = slice(expected.y, 0, 2), last = slice(expected.y, 1, 2);
      EXPECT_EQ(out.y, joined(joined(zeros, first), joined(mask == CLN_MASK_REPEAT ? first : zeros, last)));
      EXPECT_EQ(out.final, expected.final);

      const CaseGradients gradients = differentiate(c), wanted = differentiate(shorter);
      const Doubles no_dx(c.sequence.x.size() / 4);
      const Doubles dx = joined(joined(no_dx, slice(wanted.x, 0, 2)), joined(no_dx, slice(wanted.x, 1, 2)));
      EXPECT_LT(largest_difference(gradients.x, dx), 1e-14);
      EXPECT_LT(largest_difference(gradients.initial, wanted.initial), 1e-14);
      for (std::size_t k = 0; k < kMaxParameters; ++k)
        EXPECT_LT(largest_difference(gradients.parameters[k], wanted.parameters[k]), 1e-13)
            << "parameter " << k;
    }
}

TEST(ReferenceSemantics, Mask_LastOutput_IsThatOfTheLastStep) {
  for (const cln_mask mask : {CLN_MASK_REPEAT, CLN_MASK_ZERO}) {
    RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
    desc.output = CLN_OUTPUT_LAST;
    desc.mask = mask;
    Case c = make_case(5, desc, {2, {3, 4}}, 3);
    c.active = {1, 1, 1, 1, 0, 1};  // the last step of the first sequence is masked
    c.emits = {1, 1, 1, 1, mask == CLN_MASK_REPEAT, 1};
    const Outputs out = run(c);
    const Doubles h = slice(out.final, 0, 2);
    const Doubles zeros(h.size() / 2);
    EXPECT_EQ(out.y, joined(mask == CLN_MASK_REPEAT ? slice(h, 0, 2) : zeros, slice(h, 1, 2)));
  }
}

// A step without input is not a step with an input of zeros: the normalization of its convolution would shift
// it.
TEST(ReferenceSemantics, MissingInput_LeavesOutTheConvolutionAndItsNormalization) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
  Case without = make_case(6, desc, {1, {3, 4}}, 2), zeros = without;
  limit_input(without, {0, 0});
  std::fill(zeros.sequence.x.begin(), zeros.sequence.x.end(), 0.0);
  EXPECT_EQ(run(without).y, run(zeros).y);
  Case no_array = without;
  no_array.sequence.x.clear();
  EXPECT_EQ(run(no_array).y, run(zeros).y);

  desc.normalization = CLN_NORMALIZATION_LAYER;
  without = make_case(6, desc, {1, {3, 4}}, 2), zeros = without;
  limit_input(without, {0, 0});
  std::fill(zeros.sequence.x.begin(), zeros.sequence.x.end(), 0.0);
  EXPECT_NE(run(without).y, run(zeros).y);
  std::fill(zeros.sequence.parameters[kInputNormShift].begin(),
            zeros.sequence.parameters[kInputNormShift].end(), 0.0);
  EXPECT_EQ(run(without).y, run(zeros).y);
}

TEST(Dropout, KeepsAboutOneMinusRate_AndDependsOnSeedAndPlaceAlone) {
  constexpr std::uint64_t kElements = 20000;
  for (const float rate : {0.1f, 0.5f, 0.9f})
    for (const dropout::Kind kind : {dropout::kInput, dropout::kRecurrent}) {
      std::uint64_t kept = 0, as_other_gate = 0, as_other_seed = 0, as_neighbour = 0;
      for (std::uint64_t e = 0; e < kElements; ++e) {
        const float factor = dropout::factor(7, kind, 2, e, rate);
        EXPECT_TRUE(factor == 0 || factor == 1 / (1 - rate));
        EXPECT_EQ(factor, dropout::factor(7, kind, 2, e, rate));
        kept += factor != 0;
        as_other_gate += factor == dropout::factor(7, kind, 1, e, rate);
        as_other_seed += factor == dropout::factor(8, kind, 2, e, rate);
        as_neighbour += factor == dropout::factor(7, kind, 2, e + 1, rate);
      }
      const auto share = [](std::uint64_t count) { return static_cast<double>(count) / kElements; };
      const double keep = 1 - static_cast<double>(rate), same = keep * keep + (1 - keep) * (1 - keep);
      EXPECT_NEAR(share(kept), keep, 0.015);
      for (const std::uint64_t count : {as_other_gate, as_other_seed, as_neighbour})
        EXPECT_NEAR(share(count), same, 0.02);
    }
}

// Two sequences of one channel and four pixels: what each gate reads, written out.
TEST(ReferenceSemantics, Dropout_ConvGru_EachGateReadsItsOwnCopy) {
  RecurrentDesc desc;
  desc.cell = CLN_CELL_CONV_GRU;
  desc.bias = CLN_BIAS_NONE;
  desc.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2;
  desc.cell_activation = CLN_CELL_ACTIVATION_LINEAR;
  desc.input_channels = 1;
  desc.input.kernel = desc.recurrent_kernel = {1, 1};
  desc.input_dropout = 0.25f;
  desc.recurrent_dropout = 0.5f;
  Case c = make_case(7, desc, {2, {2, 2}}, 2);
  const Doubles undropped = run(c).final;
  c.sequence.dropout = {true, 11};
  const Doubles& wx = c.sequence.parameters[kInputKernel];
  const Doubles& wh = c.sequence.parameters[kRecurrentKernel];
  Doubles h = c.initial;
  for (std::size_t t = 0; t < 2; ++t)
    for (std::size_t e = 0; e < 8; ++e) {
      const double x = c.sequence.x[t * 8 + e];
      const auto x_of = [&](std::size_t g) {
        return x * static_cast<double>(dropout::factor(11, dropout::kInput, g, e, 0.25f));
      };
      const auto kept = [&](std::size_t g) {
        return static_cast<double>(dropout::factor(11, dropout::kRecurrent, g, e, 0.5f));
      };
      const auto gate = [](double v) { return std::min(std::max(0.2 * v + 0.5, 0.0), 1.0); };
      const double z = gate(wx[0] * x_of(0) + wh[0] * h[e] * kept(0));
      const double r = gate(wx[1] * x_of(1) + wh[1] * h[e] * kept(1));
      const double n = wx[2] * x_of(2) + wh[2] * (r * h[e] * kept(2));
      h[e] = z * h[e] + (1 - z) * n;
    }
  const Outputs out = run(c);
  for (std::size_t e = 0; e < 8; ++e) EXPECT_NEAR(out.final[e], h[e], 1e-14);
  EXPECT_NE(out.final, undropped);
  c.sequence.dropout.is_active = false;
  EXPECT_EQ(run(c).final, undropped);
}

Case stored_as_bfloat16(Case c) {
  c.desc.storage = CLN_STORAGE_BFLOAT16;
  return c;
}

TEST(ReferenceSemantics, Bfloat16_RepresentableNumbers_OneStepIsTheOneOfRoundedKernels) {
  for (const cln_cell cell :
       {CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU_RESET_AFTER}) {  // they read x and h alone
    Case c = make_case(8, layer(cell), {2, {3, 4}}, 1);
    const auto round = [](Doubles& array) {
      for (double& v : array) v = static_cast<double>(bfloat16::round(static_cast<float>(v)));
    };
    round(c.sequence.x);
    round(c.initial);
    const Case rounded = stored_as_bfloat16(c);
    for (const std::size_t kernel : {kInputKernel, kRecurrentKernel}) round(c.sequence.parameters[kernel]);
    EXPECT_EQ(run(rounded).y, run(c).y);
    EXPECT_EQ(run(rounded).final, run(c).final);
    // Gradients of biases are sums of unrounded numbers, those of kernels read rounded ones.
    const Parameters got = differentiate(rounded).parameters, exact = differentiate(c).parameters;
    EXPECT_EQ(got[kGateBias], exact[kGateBias]);
    EXPECT_EQ(got[kRecurrentBias], exact[kRecurrentBias]);
    EXPECT_NE(got[kInputKernel], exact[kInputKernel]);
  }
}

TEST(ReferenceSemantics, Bfloat16_OnePixel_KernelGradientIsTheRoundedProduct) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
  desc.input_channels = desc.hidden_channels = 1;
  desc.input.kernel = {1, 1};
  const Case c = stored_as_bfloat16(make_case(9, desc, {1, {1, 1}}, 1));
  const Parameters gradients = differentiate(c).parameters;
  const auto round = [](double v) { return static_cast<double>(bfloat16::round(static_cast<float>(v))); };
  for (std::size_t g = 0; g < 4; ++g)
    EXPECT_EQ(gradients[kInputKernel][g], round(gradients[kGateBias][g]) * round(c.sequence.x[0]));
}

TEST(ReferenceSemantics, Bfloat16_StaysNearTheUnroundedReference) {
  for (const cln_cell cell : kCells)
    for (const cln_normalization normalization : {CLN_NORMALIZATION_NONE, CLN_NORMALIZATION_LAYER}) {
      SCOPED_TRACE(testing::Message() << "cell " << cell << " normalization " << normalization);
      RecurrentDesc desc = layer(cell);
      desc.normalization = normalization;
      desc.input_dropout = desc.recurrent_dropout = 0.2f;
      Case c = make_case(10, desc, {2, {3, 4}}, 3);
      c.sequence.dropout = {true, 4};
      const Case rounded = stored_as_bfloat16(c);
      const double difference = largest_difference(run(rounded).y, run(c).y);
      EXPECT_GT(difference, 1e-6);
      EXPECT_LT(difference, 2e-2);
      const CaseGradients got = differentiate(rounded), exact = differentiate(c);
      EXPECT_LT(largest_difference(got.x, exact.x), 2e-2 * largest(exact.x));
      EXPECT_LT(largest_difference(got.initial, exact.initial), 2e-2 * largest(exact.initial));
      for (std::size_t k = 0; k < kMaxParameters; ++k)
        EXPECT_LE(largest_difference(got.parameters[k], exact.parameters[k]),
                  2e-2 * largest(exact.parameters[k]))
            << "parameter " << k;
    }
}

}  // namespace
}  // namespace convlstm::test
