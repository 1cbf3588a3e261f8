#include "cell/multiply_adds.h"

#include <gtest/gtest.h>

namespace convlstm::test {
namespace {

RecurrentDesc layer(cln_cell cell) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.input_channels = 3;
  desc.hidden_channels = 5;
  desc.input.kernel = {1, 3};
  desc.recurrent_kernel = {5, 3};
  return desc;
}

constexpr double kInput = 5 * 3 * 3, kRecurrent = 5 * 5 * 15;  // of one gate in one pixel

TEST(MultiplyAdds, OfCells_CountTheConvolutionsOfTheEquations) {
  const Size3 size{4, 7};
  EXPECT_EQ(multiply_adds_of(layer(CLN_CELL_CONV_LSTM), size), 28 * (4 * kInput + 4 * kRecurrent));
  EXPECT_EQ(multiply_adds_of(layer(CLN_CELL_CONV_GRU), size), 28 * (3 * kInput + 3 * kRecurrent));
  EXPECT_EQ(multiply_adds_of(layer(CLN_CELL_CONV_GRU_RESET_AFTER), size), 28 * (3 * kInput + 3 * kRecurrent));
  const double outputs = 2 * kRecurrent + 5 * 10;  // of [c', m'] to o, and to h
  EXPECT_EQ(multiply_adds_of(layer(CLN_CELL_ST_LSTM), size), 28 * (7 * kInput + 7 * kRecurrent + outputs));
}

TEST(MultiplyAdds, OfStridesAndNormalizations_CountTheGridOfTheStates) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
  desc.input.stride = {2, 3};
  desc.normalization = CLN_NORMALIZATION_LAYER;
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  EXPECT_EQ(multiply_adds_of(desc, {4, 7}), 6 * (4 * kInput + 4 * kRecurrent));
  desc.input_channels = 0;
  EXPECT_EQ(multiply_adds_of(desc, {4, 7}), 28 * 4 * kRecurrent);
}

TEST(MultiplyAdds, OfAConvolution_AndOfVolumes) {
  EXPECT_EQ(multiply_adds_of(ConvDesc{CLN_BIAS_ONE, 2, 3, {3, 1, 5}}, {4, 7, 6}), 2.0 * 3 * 15 * 168);
}

}  // namespace
}  // namespace convlstm::test
