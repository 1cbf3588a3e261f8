#include <gtest/gtest.h>

#include <stdexcept>

#include "convlstm_native.h"
#include "support/rules.h"
#include "support/search.h"
#include "support/shrink.h"

namespace convlstm::test {
namespace {

TEST(ShrinkTest, ArtificialFault_AnyFailingCase_ShrinksToNothingElse) {
  const auto fails = [](const Case& tested) {
    return tested.integer(Knob::kCell) == CLN_CELL_ST_LSTM && tested.integer(Knob::kHiddenChannels) >= 3 &&
           tested.integer(Knob::kDirection) == CLN_DIRECTION_REVERSE && tested.integer(Knob::kSteps) > 1;
  };
  std::mt19937_64 random(3);
  for (int found = 0; found < 5;) {
    const Case start = random_case(random);
    if (!fails(start)) continue;
    ++found;
    Case small = shrink(start, fails);
    small.seed = 1;
    EXPECT_EQ(to_text(small), "cell=st_lstm direction=reverse hidden_channels=3 steps=2 seed=1");
  }
}

TEST(ShrinkTest, TwoKnobsThatNeedEachOther_FallTogether) {
  Case start = parse_case("mask=zero mask_given=steps steps=3 seed=1");
  ASSERT_TRUE(is_valid(start));
  const auto fails = [](const Case& tested) { return tested[Knob::kSteps] > 0; };
  EXPECT_EQ(to_text(shrink(start, fails)), "steps=2 seed=1");
}

TEST(ShrinkTest, Tries_AreBounded) {
  std::mt19937_64 random(4);
  int calls = 0;
  shrink(
      random_case(random), [&](const Case&) { return ++calls % 2 == 0; }, 17);
  EXPECT_LE(calls, 17);
}

TEST(CaseTest, Text_ParsedAgain_IsTheSameCase) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    const Case tested = random_case(random);
    EXPECT_EQ(parse_case(to_text(tested)), tested) << to_text(tested);
  }
}

TEST(CaseTest, Text_ThatNamesWhatDoesNotExist_IsRefused) {
  EXPECT_THROW(parse_case("cell=none"), std::invalid_argument);
  EXPECT_THROW(parse_case("cells=conv_gru"), std::invalid_argument);
  EXPECT_THROW(parse_case("cell"), std::invalid_argument);
}

}  // namespace
}  // namespace convlstm::test
