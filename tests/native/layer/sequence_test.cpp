#include "layer/sequence.h"

#include <utility>

#include "support/expect_error.h"

namespace convlstm::test {
namespace {

const InputShape kShape{2, {3, 5}};

StackDesc recurrent(cln_layout layout, cln_output output) {
  StackDesc desc;
  desc.layout = layout;
  desc.bottom.output = output;
  desc.bottom.input_channels = 4;
  desc.bottom.hidden_channels = 7;
  return desc;
}

TEST(Sequence, BatchFirst_HasTheStridesOfNtchw) {
  const Sequence sequence(recurrent(CLN_LAYOUT_NTCHW, CLN_OUTPUT_SEQUENCE), kShape, 6, 6);
  EXPECT_EQ(sequence.x_count(), 2 * 6 * 4 * 15);
  EXPECT_EQ(sequence.y_count(), 2 * 6 * 7 * 15);
  float* const none = nullptr;
  EXPECT_EQ(sequence.x(none).step_stride, 4 * 15);
  EXPECT_EQ(sequence.x(none).batch_stride, 6 * 4 * 15);
  EXPECT_EQ(sequence.y(none).step_stride, 7 * 15);
  EXPECT_EQ(sequence.y(none).batch_stride, 6 * 7 * 15);
  EXPECT_EQ(sequence.x(none).pixel_stride, 1);
}

TEST(Sequence, ChannelsLast_HasTheSameImagesAndTheirPixelsApart) {
  for (const auto& [last, first] :
       {std::pair{CLN_LAYOUT_NTHWC, CLN_LAYOUT_NTCHW}, std::pair{CLN_LAYOUT_TNHWC, CLN_LAYOUT_TNCHW}}) {
    const Sequence a(recurrent(last, CLN_OUTPUT_SEQUENCE), kShape, 6, 6);
    const Sequence b(recurrent(first, CLN_OUTPUT_SEQUENCE), kShape, 6, 6);
    float* const none = nullptr;
    EXPECT_EQ(a.x_count(), b.x_count());
    EXPECT_EQ(a.x(none).step_stride, b.x(none).step_stride);
    EXPECT_EQ(a.y(none).batch_stride, b.y(none).batch_stride);
    EXPECT_EQ(a.x(none).pixel_stride, 4);
    EXPECT_EQ(a.y(none).pixel_stride, 7);
  }
}

TEST(Sequence, TimeFirst_HasTheStridesOfTnchw) {
  const Sequence sequence(recurrent(CLN_LAYOUT_TNCHW, CLN_OUTPUT_SEQUENCE), kShape, 6, 6);
  float* const none = nullptr;
  EXPECT_EQ(sequence.x(none).step_stride, 2 * 4 * 15);
  EXPECT_EQ(sequence.x(none).batch_stride, 4 * 15);
  EXPECT_EQ(sequence.y(none).batch_stride, 7 * 15);
}

TEST(Sequence, LastOnly_HasOneImageASequence) {
  for (const cln_layout layout : {CLN_LAYOUT_NTCHW, CLN_LAYOUT_TNCHW, CLN_LAYOUT_NTHWC, CLN_LAYOUT_TNHWC}) {
    const Sequence sequence(recurrent(layout, CLN_OUTPUT_LAST), kShape, 6, 6);
    float* const none = nullptr;
    EXPECT_EQ(sequence.y_count(), 2 * 7 * 15);
    EXPECT_EQ(sequence.y(none).batch_stride, 7 * 15);
  }
}

TEST(Sequence, WithInputsForSomeSteps_HasAShorterX) {
  const Sequence sequence(recurrent(CLN_LAYOUT_NTCHW, CLN_OUTPUT_SEQUENCE), kShape, 6, 2);
  float* const none = nullptr;
  EXPECT_EQ(sequence.x_count(), 2 * 2 * 4 * 15);
  EXPECT_EQ(sequence.x(none).batch_stride, 2 * 4 * 15);
  EXPECT_EQ(sequence.y_count(), 2 * 6 * 7 * 15);
}

TEST(Sequence, OfAStridedInputAndTwoDirections_HasTheOutputsGridAndChannels) {
  StackDesc desc = recurrent(CLN_LAYOUT_NTHWC, CLN_OUTPUT_SEQUENCE);
  desc.bottom.input.stride = {2, 2};
  desc.direction = CLN_DIRECTION_BIDIRECTIONAL;
  const Sequence sequence(desc, kShape, 6, 6);
  float* const none = nullptr;
  EXPECT_EQ(sequence.x(none).step_stride, 4 * 15);
  EXPECT_EQ(sequence.y(none).step_stride, 14 * 2 * 3);
  EXPECT_EQ(sequence.y(none).pixel_stride, 14);
}

TEST(Sequence, OfAConvolution_IsTimeFirst) {
  ConvLayerDesc desc;
  desc.conv.input_channels = 4;
  desc.conv.output_channels = 7;
  const Sequence sequence(desc, kShape, 6, 6);
  float* const none = nullptr;
  EXPECT_EQ(sequence.y_count(), 6 * 2 * 7 * 15);
  EXPECT_EQ(sequence.y(none).step_stride, 2 * 7 * 15);
  EXPECT_EQ(sequence.y(none).batch_stride, 7 * 15);
}

TEST(Sequence, ThatDoesNotFit_IsAnOverflow) {
  expect_error(CLN_SIZE_OVERFLOW, "steps", [] {
    Sequence(recurrent(CLN_LAYOUT_NTCHW, CLN_OUTPUT_SEQUENCE), kShape, std::int64_t{1} << 54, 1);
  });
}

}  // namespace
}  // namespace convlstm::test
