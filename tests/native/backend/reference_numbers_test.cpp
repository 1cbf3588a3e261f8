// One pixel, one channel: the numbers of each cell by hand. Hard sigmoids 0.2 v + 0.5 and linear cells keep
// them short.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/cpu/reference_normalization.h"
#include "support/reference_case.h"

namespace convlstm::test {
namespace {

using cpu::reference::Normalization;

RecurrentDesc one_pixel_layer(cln_cell cell) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2;
  desc.cell_activation = CLN_CELL_ACTIVATION_LINEAR;
  desc.bias = CLN_BIAS_TWO;
  desc.input_channels = desc.hidden_channels = 1;
  desc.input.kernel = desc.recurrent_kernel = {1, 1};
  return desc;
}

Case one_pixel(const RecurrentDesc& desc, double x, const Doubles& state) {
  Case c = make_case(1, desc, {1, {1, 1}}, 1);
  for (Doubles& parameter : c.sequence.parameters) std::fill(parameter.begin(), parameter.end(), 0.0);
  c.sequence.x = {x};
  c.initial = state;
  return c;
}

void expect_final(const Case& c, const Doubles& expected) {
  const Outputs out = run(c);
  ASSERT_EQ(out.final.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k)
    EXPECT_NEAR(out.final[k], expected[k], 1e-7) << "part " << k;
  EXPECT_NEAR(out.y[0], expected[0], 1e-7);
}

TEST(ReferenceNumbers, ConvLstm) {
  RecurrentDesc desc = one_pixel_layer(CLN_CELL_CONV_LSTM);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.forget_bias = 0.5f;
  desc.cell_clip = 2;
  Case c = one_pixel(desc, 1, {1, 2});
  c.sequence.parameters[kInputKernel] = {1, 0.5, 2, -1};
  c.sequence.parameters[kRecurrentKernel] = {-0.5, 1, -1, 0.5};
  c.sequence.parameters[kGateBias] = {0, -1, 0.5, 0.5};
  c.sequence.parameters[kRecurrentBias] = {0, 0, 0, 0.25};
  c.sequence.parameters[kPeephole] = {0.25, -0.5, 0.2};
  // i = 0.2 * (1 - 0.5 + 0.5) + 0.5 = 0.7     f = 0.2 * (0.5 + 1 - 1 + 0.5 - 1) + 0.5 = 0.5    g = 2 - 1 +
  // 0.5 c' = clip(0.5 * 2 + 0.7 * 1.5 = 2.05)     o = 0.2 * (-1 + 0.5 + 0.5 + 0.25 + 0.4) + 0.5 = 0.63
  expect_final(c, {1.26, 2});
}

// Two pixels, c = 1 in both: peepholes are those of i, then f, then o, each by pixel.
TEST(ReferenceNumbers, ConvLstm_PeepholesPerPixel) {
  RecurrentDesc desc = one_pixel_layer(CLN_CELL_CONV_LSTM);
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  Case c = make_case(1, desc, {1, {1, 2}}, 1);
  for (Doubles& parameter : c.sequence.parameters) std::fill(parameter.begin(), parameter.end(), 0.0);
  c.initial = {0, 0, 1, 1};
  c.sequence.parameters[kGateBias] = {0, 0, 1, 0};
  c.sequence.parameters[kPeephole] = {0.5, 1, 0, -1, 0, 2};
  // i = 0.6, f = 0.5, c' = 1.1, o = 0.5            i = 0.7, f = 0.3, c' = 1, o = 0.9
  const Doubles final = run(c).final, expected{0.55, 0.9, 1.1, 1};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(final[k], expected[k], 1e-14);
}

TEST(ReferenceNumbers, ConvGru) {
  // z = 0.2 * (1 + 1 - 1) + 0.5 = 0.7    r = 0.2 * (-1 + 0.5 + 0.5) + 0.5 = 0.5
  // n = 0.5 - 0.5 * 2 + 0.25 + 0.1 = -0.15              h' = 0.7 * 2 + 0.3 * n
  // reset after: n = 0.5 + 0.25 + 0.5 * (-2 + 0.1) = -0.2
  for (const auto& [cell, expected] :
       {std::pair{CLN_CELL_CONV_GRU, 1.355}, std::pair{CLN_CELL_CONV_GRU_RESET_AFTER, 1.34}}) {
    Case c = one_pixel(one_pixel_layer(cell), 1, {2});
    c.sequence.parameters[kInputKernel] = {1, -1, 0.5};
    c.sequence.parameters[kRecurrentKernel] = {0.5, 0.25, -1};
    c.sequence.parameters[kGateBias] = {-1, 0.5, 0.25};
    c.sequence.parameters[kRecurrentBias] = {0, 0, 0.1};
    expect_final(c, {expected});
  }
}

TEST(ReferenceNumbers, StLstm) {
  RecurrentDesc desc = one_pixel_layer(CLN_CELL_ST_LSTM);
  desc.forget_bias = 0.5f;
  Case c = one_pixel(desc, 1, {1, 2, -1});
  c.sequence.parameters[kInputKernel] = {1, 0.5, 2, -1, 0, 1, 0.5};
  c.sequence.parameters[kRecurrentKernel] = {-0.5, 1, -1, 1.5};
  c.sequence.parameters[kMemoryKernel] = {-2, 1, -0.5};
  c.sequence.parameters[kGateBias] = {0.5, -1, 0, 0.5, 1, 0.5, -1};
  c.sequence.parameters[kRecurrentBias] = {0, 0, 0.5, 0.25};
  c.sequence.parameters[kOutputKernel] = {0.5, -1};
  c.sequence.parameters[kMixingKernel] = {1, 2};
  // i = 0.2 * (1 - 0.5 + 0.5) + 0.5 = 0.7     f = 0.2 * (0.5 + 1 - 1 + 0.5) + 0.5 = 0.7     g = 2 - 1 + 0.5
  // = 1.5 i' = 0.2 * (-1 + 2 + 0.5) + 0.5 = 0.8     f' = 0.2 * (-1 + 1 + 0.5) + 0.5 = 0.6         g' = 1 +
  // 0.5 + 0.5 = 2 c' = 1.4 + 1.05 = 2.45                    m' = -0.6 + 1.6 = 1 o = 0.2 * (0.5 + 1.5 + (1.225
  // - 1) - 1 + 0.25) + 0.5 = 0.795                            h' = o * (2.45 + 2)
  expect_final(c, {3.53775, 2.45, 1});
}

TEST(ReferenceNumbers, EveryActivation) {
  const auto h_of = [](cln_gate_activation gate, cln_cell_activation cell, double clip, double c_before,
                       const Doubles& bias) {
    RecurrentDesc desc = one_pixel_layer(CLN_CELL_CONV_LSTM);
    desc.gate_activation = gate;
    desc.cell_activation = cell;
    desc.cell_clip = static_cast<float>(clip);
    Case c = one_pixel(desc, 1, {0, c_before});
    c.sequence.parameters[kGateBias] = bias;
    return run(c).y[0];
  };
  const auto keras2 = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2,
             keras3 = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3;
  const auto linear = CLN_CELL_ACTIVATION_LINEAR;
  // i = 1, f = 0, g = 3; o of 1 is 0.7 and 2/3
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 0, 9, {4, -4, 3, 1}), 2.1);
  EXPECT_DOUBLE_EQ(h_of(keras3, linear, 0, 9, {4, -4, 3, 1}), 2.0);
  EXPECT_DOUBLE_EQ(h_of(keras3, CLN_CELL_ACTIVATION_RELU, 0, 9, {4, -4, -3, 1}), 0.0);
  EXPECT_DOUBLE_EQ(h_of(keras3, CLN_CELL_ACTIVATION_SIGMOID, 0, 0, {4, -4, 0, 4}), 1 / (1 + std::exp(-0.5)));
  // i = f = 1/2, g = 0.5; o = 1/(1 + e): c = 4 + 0.25
  EXPECT_DOUBLE_EQ(
      h_of(CLN_GATE_ACTIVATION_SIGMOID, CLN_CELL_ACTIVATION_TANH, 0, 8, {0, 0, std::atanh(0.5), -1}),
      std::tanh(4.25) / (1 + std::exp(1.0)));
  // f = 1: c = 9 - 3, cut off at 1.5 on either side
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 1.5, 9, {4, 4, -3, 4}), 1.5);
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 1.5, -9, {4, 4, -3, 4}), -1.5);
  EXPECT_DOUBLE_EQ(h_of(keras2, linear, 20, -9, {4, 4, -3, 4}), -12.0);
}

TEST(ReferenceNumbers, Normalization) {
  Normalization::Trace trace;
  // Two groups of two rows of one pixel: (1, 3) and (10, 6) become (-1, 1) and (1, -1).
  Doubles v{1, 3, 10, 6};
  const Doubles scale{2, 3, 4, 5}, shift{0.5, 0, 1, 0};
  Normalization{4, 1, 2, false, 0}.forward(v.data(), scale.data(), shift.data(), trace);
  EXPECT_EQ(v, (Doubles{-1.5, 3, 5, -5}));
  // One group of two rows of two pixels, a scale a row: (1, 3, 1, 3) becomes (-1, 1, -1, 1).
  v = {1, 3, 1, 3};
  Normalization{2, 2, 2, false, 0}.forward(v.data(), scale.data(), shift.data(), trace);
  EXPECT_EQ(v, (Doubles{-1.5, 2.5, -3, 3}));
  // A scale an element; the variance of 1 with an epsilon of 3 halves what comes out.
  v = {1, 3, 1, 3};
  Normalization{2, 2, 2, true, 3}.forward(v.data(), scale.data(), shift.data(), trace);
  EXPECT_EQ(v, (Doubles{-0.5, 1.5, -1, 2.5}));
}

// Biases are normalized, the forget bias and the peepholes come after.
TEST(ReferenceNumbers, GroupNorm_ConvLstm_NormalizesTheJointSum) {
  RecurrentDesc desc = one_pixel_layer(CLN_CELL_CONV_LSTM);
  desc.normalization = CLN_NORMALIZATION_GROUP;
  desc.norm_group_channels = 4;
  desc.norm_epsilon = 1e-12f;
  desc.forget_bias = 0.5f;
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  Case c = one_pixel(desc, 1, {1, 2});
  c.sequence.parameters[kInputKernel] = {1, 2, 3, 4};
  c.sequence.parameters[kRecurrentKernel] = {3, 2, -2, -3};
  c.sequence.parameters[kGateBias] = {2, 2, 1, 1};
  c.sequence.parameters[kPeephole] = {0.5, 0, 0};
  c.sequence.parameters[kNormScale] = {1, 1, 1, 2};
  c.sequence.parameters[kNormShift] = {-1, 0, 0, 1};
  // The sums 6 6 2 2 become 1 1 -1 -1, with scale and shift 0 1 -1 -1. i = 0.2 * (0 + 1) + 0.5, f = 0.2 * (1
  // + 0.5) + 0.5, c' = 0.8 * 2 - 0.7, o = 0.3.
  expect_final(c, {0.27, 0.9});
}

// A convolution of one row is normalized to 0, of two rows to -1 and 1, of three in a line to 0 in the
// middle.
TEST(ReferenceNumbers, LayerNorm_ConvGru_NormalizesTheTwoRecurrentConvolutionsApart) {
  for (const auto& [cell, expected_n] :
       {std::pair{CLN_CELL_CONV_GRU, 0.25},
        std::pair{CLN_CELL_CONV_GRU_RESET_AFTER, 0.7 * (std::sqrt(1.5) * 3 + 0.25)}}) {
    RecurrentDesc desc = one_pixel_layer(cell);
    desc.normalization = CLN_NORMALIZATION_LAYER;
    desc.norm_epsilon = 1e-12f;
    desc.input_channels = 0;
    Case c = one_pixel(desc, 0, {1});
    c.sequence.x.clear();
    c.sequence.parameters[kRecurrentKernel] = {1, 2, 3};
    c.sequence.parameters[kRecurrentNormScale] = {0, 1, 3};
    c.sequence.parameters[kRecurrentNormShift] = {0, 0, 0.25};
    c.sequence.parameters[kGateBias] = {0, cell == CLN_CELL_CONV_GRU ? 0.0 : 1.0, 0};
    // z = 0.5; r of CLN_CELL_CONV_GRU does not matter, n sees the shift alone. Reset after: r = 0.7.
    expect_final(c, {0.5 + 0.5 * expected_n});
  }
}

// Kernels of two channels that do not see each other are two layers of one channel: rows are by gate, then by
// channel.
TEST(ReferenceNumbers, BlockDiagonalKernels_EqualTwoLayers) {
  for (int cell = CLN_CELL_CONV_LSTM; cell <= CLN_CELL_ST_LSTM; ++cell) {
    SCOPED_TRACE(cell);
    RecurrentDesc one = one_pixel_layer(static_cast<cln_cell>(cell)), two = one;
    two.input_channels = two.hidden_channels = 2;
    Case joint = make_case(2, two, {1, {1, 1}}, 2);
    Outputs apart[2];
    for (std::size_t k = 0; k < 2; ++k) {
      Case c = make_case(3 + k, one, {1, {1, 1}}, 2);
      for (std::size_t place = 0; place < kMaxParameters; ++place) {
        const Doubles& from = c.sequence.parameters[place];
        Doubles& to = joint.sequence.parameters[place];
        const std::size_t sources = place == kOutputKernel || place == kMixingKernel ? 2 : 1;  // c and m
        const std::size_t rows = from.size() / sources,
                          columns = to.size() / (2 * std::max<std::size_t>(rows, 1));
        for (std::size_t row = 0; row < rows; ++row)
          for (std::size_t column = 0; column < columns; ++column)
            to[(row * 2 + k) * columns + column] =
                columns == 1 || column % 2 == k ? from[row * sources + column / 2] : 0.0;
      }
      for (std::size_t t = 0; t < 2; ++t) joint.sequence.x[2 * t + k] = c.sequence.x[t];
      for (std::size_t part = 0; part < c.initial.size(); ++part)
        joint.initial[2 * part + k] = c.initial[part];
      apart[k] = run(c);
    }
    const Outputs out = run(joint);
    for (std::size_t k = 0; k < 2; ++k)
      for (std::size_t part = 0; part < apart[k].final.size(); ++part)
        EXPECT_NEAR(out.final[2 * part + k], apart[k].final[part], 1e-14)
            << "part " << part << " channel " << k;
  }
}

}  // namespace
}  // namespace convlstm::test
