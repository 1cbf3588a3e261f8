#include "core/turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace convlstm {
namespace {

constexpr Turns::Duration kNone{0}, kForever = std::chrono::hours(1);

// Many callers of 1 to 4 processors each, of which there are three.
void check_that_turns_fit(Turns::Duration patience) {
  constexpr int kProcessors = 3, kCallers = 6, kRounds = 200;
  Turns turns(kProcessors, patience);
  std::atomic<int> busy{0}, finished{0};
  {
    std::vector<std::jthread> callers;
    for (int k = 0; k < kCallers; ++k)
      callers.emplace_back([&, k] {
        const int wanted = k % 4 + 1, counted = std::min(wanted, kProcessors);
        for (int round = 0; round < kRounds; ++round) {
          Turn turn(turns, wanted);
          EXPECT_LE(busy += counted, kProcessors);
          busy -= counted;
          turn.offer();
          EXPECT_LE(busy += counted, kProcessors);
          busy -= counted;
        }
        ++finished;
      });
  }
  EXPECT_EQ(finished, kCallers);
}

TEST(Turns, OfImpatientCallers_NeverHoldMoreProcessorsThanThereAre) {
  check_that_turns_fit(kNone);
}

TEST(Turns, OfPatientCallers_NeverHoldMoreProcessorsThanThereAre) {
  check_that_turns_fit(kForever);
}

TEST(Turns, ThatFit_AreHeldAtOnce) {
  Turns turns(3, kNone);
  const Turn two(turns, 2);
  std::jthread([&] { const Turn one(turns, 1); }).join();
}

// Without patience a turn that is offered goes to who waits for it.
TEST(Turns, OfferedToTheImpatient_ComeBackAfterThem) {
  Turns turns(2, kNone);
  std::atomic<bool> has_had_turn{false};
  Turn own(turns, 2);
  const std::jthread other([&] {
    const Turn turn(turns, 2);
    has_had_turn = true;
  });
  while (!has_had_turn) own.offer();
}

TEST(Turns, OfferedToThePatient_AreKept) {
  Turns turns(2, kForever);
  std::atomic<bool> holds{true};
  std::jthread other;
  {
    Turn own(turns, 2);
    other = std::jthread([&] {
      const Turn turn(turns, 2);
      EXPECT_FALSE(holds);
    });
    for (int k = 0; k < 10'000; ++k) own.offer();
    holds = false;
  }
}

}  // namespace
}  // namespace convlstm
