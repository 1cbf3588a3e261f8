#include "composition/calls.h"

#include <gtest/gtest.h>

#include <array>

namespace convlstm::test {
namespace {

constexpr std::int64_t kSteps = 5, kBatch = 2, kImage = 3;

// A sequence whose images begin with 10 * step + sequence, of which steps 0 to 2 have an input.
struct Example {
  Example() {
    for (std::int64_t t = 0; t < kSteps; ++t)
      for (std::int64_t n = 0; n < kBatch; ++n) {
        const auto at = static_cast<std::size_t>(t * kBatch + n);
        images[at * kImage] = static_cast<float>(10 * t + n);
        active[at] = t == 1 ? 0 : 1;
        emits[at] = t == 2 ? 0 : 1;
        emits_back[at] = t == 3 ? 0 : 1;
      }
    call.steps = kSteps;
    call.input = {0, 3};
    call.x = {images.data(), kBatch * kImage, kImage};
    call.y = {images.data(), kBatch * kImage, kImage};
    call.mask = {active.data(), emits.data(), emits_back.data(), kBatch, 1};
  }
  std::array<float, kSteps * kBatch * kImage> images{};
  std::array<std::uint8_t, kSteps * kBatch> active{}, emits{}, emits_back{};
  ForwardCall call;
};

TEST(Calls, Reversed_CountStepsFromTheLast) {
  const Example e;
  const ForwardCall back = reversed(e.call, CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(*back.x.image(0, 1), 41);
  EXPECT_EQ(*back.y.image(4, 0), 0);
  EXPECT_EQ(back.input.begin, 2);
  EXPECT_EQ(back.input.end, 5);
  for (std::int64_t t = 0; t < kSteps; ++t) {
    EXPECT_EQ(back.mask.is_active(t, 1), t != 3);
    EXPECT_EQ(back.mask.does_emit(t, 0), t != 1) << "emits is that of the other direction";
  }
}

TEST(Calls, ReversedTwice_AreTheSame) {
  const Example e;
  const ForwardCall same = reversed(reversed(e.call, CLN_OUTPUT_SEQUENCE), CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(same.x.data, e.call.x.data);
  EXPECT_EQ(same.x.step_stride, e.call.x.step_stride);
  EXPECT_EQ(same.mask.emits, e.call.mask.emits);
  EXPECT_EQ(same.input.begin, 0);
  EXPECT_EQ(same.input.end, 3);
}

TEST(Calls, ReversedWithOneOutput_LeaveItWhereItIs) {
  const Example e;
  EXPECT_EQ(reversed(e.call, CLN_OUTPUT_LAST).y.data, e.call.y.data);
}

TEST(Calls, Segment_HasItsStepsAlone) {
  const Example e;
  const ForwardCall part = segment(e.call, {2, 4}, CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(part.steps, 2);
  EXPECT_EQ(*part.x.image(0, 0), 20);
  EXPECT_EQ(*part.y.image(1, 1), 31);
  EXPECT_EQ(part.input.begin, 0);
  EXPECT_EQ(part.input.end, 1);
  EXPECT_FALSE(part.mask.does_emit(0, 0));
  EXPECT_TRUE(part.mask.is_active(1, 0));
}

TEST(Calls, SegmentBeyondTheInput_HasNone) {
  const Example e;
  const ForwardCall part = segment(e.call, {3, 5}, CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(part.input.begin, part.input.end);
}

TEST(Calls, SegmentsOfOneOutput_GiveItToTheLast) {
  const Example e;
  EXPECT_EQ(segment(e.call, {0, 3}, CLN_OUTPUT_LAST).y.data, nullptr);
  EXPECT_EQ(segment(e.call, {3, 5}, CLN_OUTPUT_LAST).y.data, e.call.y.data);
}

TEST(Calls, SegmentOfAReversedCall_IsTheMirrorImage) {
  const Example e;
  const ForwardCall part = segment(reversed(e.call, CLN_OUTPUT_SEQUENCE), {1, 3}, CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(*part.x.image(0, 0), 30);
  EXPECT_EQ(*part.x.image(1, 0), 20);
  EXPECT_EQ(part.input.begin, 1);
  EXPECT_EQ(part.input.end, 2);
  EXPECT_FALSE(part.mask.does_emit(0, 0));
}

TEST(Calls, FromChannel_StepsOverPlanesOrOverNumbers) {
  float data[64];
  EXPECT_EQ(from_channel(Frames<float>{data, 0, 0, 1}, 2, 9).data, data + 18);
  EXPECT_EQ(from_channel(Frames<float>{data, 0, 0, 4}, 2, 9).data, data + 2);
}

}  // namespace
}  // namespace convlstm::test
