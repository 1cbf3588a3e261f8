#include "layer/description.h"

#include "layer/parameter.h"
#include "support/expect_error.h"

namespace convlstm::test {
namespace {

cln_recurrent_desc valid() {
  return {sizeof(cln_recurrent_desc),
          0,
          2,
          CLN_LAYOUT_TNHWC,
          CLN_OUTPUT_LAST,
          CLN_PEEPHOLE_PER_CHANNEL,
          CLN_BIAS_NONE,
          0.25f,
          2.5f,
          CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3,
          CLN_CELL_ACTIVATION_LINEAR,
          0,
          3,
          7,
          {5, 4, -9},
          {1, 63, -9}};
}

TEST(Description, OfARecurrentLayer_KeepsEveryField) {
  const auto desc = std::get<RecurrentDesc>(describe(valid()));
  EXPECT_EQ(desc.layout, CLN_LAYOUT_TNHWC);
  EXPECT_EQ(desc.output, CLN_OUTPUT_LAST);
  EXPECT_EQ(desc.peephole, CLN_PEEPHOLE_PER_CHANNEL);
  EXPECT_EQ(desc.bias, CLN_BIAS_NONE);
  EXPECT_EQ(desc.forget_bias, 0.25f);
  EXPECT_EQ(desc.cell_clip, 2.5f);
  EXPECT_EQ(desc.gate_activation, CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3);
  EXPECT_EQ(desc.cell_activation, CLN_CELL_ACTIVATION_LINEAR);
  EXPECT_EQ(desc.input_channels, 3);
  EXPECT_EQ(desc.hidden_channels, 7);
  EXPECT_EQ(desc.input_kernel, (Size3{5, 4}));
  EXPECT_EQ(desc.recurrent_kernel, (Size3{1, 63}));
  EXPECT_EQ(input_channels(desc), 3);
  EXPECT_EQ(output_channels(desc), 7);
}

TEST(Description, OfAConvolution_KeepsEveryField) {
  const cln_conv_desc c{sizeof c, 2, CLN_BIAS_NONE, 0, 4, 9, {3, 2, -9}, 0};
  const auto desc = std::get<ConvDesc>(describe(c));
  EXPECT_EQ(desc.bias, CLN_BIAS_NONE);
  EXPECT_EQ(desc.kernel, (Size3{3, 2}));
  EXPECT_EQ(input_channels(desc), 4);
  EXPECT_EQ(output_channels(desc), 9);
}

TEST(Description, OutOfRange_IsRefusedByTheNameOfTheField) {
  cln_recurrent_desc desc = valid();
  desc.recurrent_kernel[1] = 64;
  expect_error(CLN_INVALID_ARGUMENT, "desc.recurrent_kernel: expected 1 to 63, got 64",
               [&] { describe(desc); });
  desc = valid();
  desc.peephole = 2;
  expect_error(CLN_INVALID_ARGUMENT, "desc.peephole: expected a value of cln_peephole, 0 to 1, got 2",
               [&] { describe(desc); });
}

TEST(Parameters, OfADescription_SayTheirPlaces) {
  const auto shapes = parameters_of(describe(valid()));
  ASSERT_EQ(shapes.size(), 3u);
  EXPECT_EQ(shapes[0].place, kInputKernel);
  EXPECT_EQ(shapes[1].place, kRecurrentKernel);
  EXPECT_EQ(shapes[2].place, kPeephole);
  EXPECT_EQ(shapes[1].dims, (std::vector<std::int64_t>{28, 7, 1, 63}));
  EXPECT_EQ(shapes[1].count, 28 * 7 * 63);
  EXPECT_TRUE(shapes[0].is_kernel());
  EXPECT_FALSE(shapes[2].is_kernel());
}

TEST(Parameters, OfTwoBiases_StandBeforeThePeepholes) {
  cln_recurrent_desc desc = valid();
  desc.bias = CLN_BIAS_TWO;
  const auto shapes = parameters_of(describe(desc));
  ASSERT_EQ(shapes.size(), 5u);
  EXPECT_EQ(shapes[2].place, kGateBias);
  EXPECT_EQ(shapes[3].place, kRecurrentBias);
  EXPECT_STREQ(shapes[3].name, "recurrent_bias");
  EXPECT_EQ(shapes[3].dims, (std::vector<std::int64_t>{28}));
  EXPECT_EQ(shapes[4].place, kPeephole);
}

}  // namespace
}  // namespace convlstm::test
