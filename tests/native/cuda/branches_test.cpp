// Branches of a stream on the emulated device: what runs before what, and what is found out about forks that
// are wrong.
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "backend/cuda/arena.h"
#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/recordings.h"
#include "core/error.h"

namespace convlstm::cuda::test {
namespace {

constexpr int kOrders = 200;

class Branches : public testing::Test {
 protected:
  // Work that leaves a letter behind when it runs.
  void queue(char letter) {
    emulated::enqueue(stream_, [this, letter] { ran_ += letter; });
  }
  std::string take_what_ran() {
    stream_.synchronize();
    return std::exchange(ran_, {});
  }
  // What `queue_all` queues, in the orders that it is run in.
  template <typename Queue>
  std::set<std::string> orders_of(const Queue& queue_all) {
    std::set<std::string> orders;
    for (int k = 0; k < kOrders; ++k) {
      queue_all();
      orders.insert(take_what_ran());
    }
    return orders;
  }
  template <typename Call>
  std::string error_of(const Call& call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), CLN_INTERNAL_ERROR);
      return error.what();
    }
    return "no error";
  }
  std::string ran_;
  Stream stream_{0};
};

using Orders = std::set<std::string>;

TEST_F(Branches, OfAFork_RunInAnyOrder_BetweenForkAndJoin) {
  const Orders orders = orders_of([&] {
    queue('<');
    run_branches(stream_, 2, [&] {
      queue('a');
      queue('b');
      stream_.select(1);
      queue('1');
      stream_.select(0);
      queue('c');
    });
    queue('>');
  });
  EXPECT_EQ(orders, (Orders{"<abc1>", "<ab1c>", "<a1bc>", "<1abc>"}));
}

TEST_F(Branches, Wait_IsForWhatStoodBeforeTheMark) {
  const Orders orders = orders_of([&] {
    run_branches(stream_, 2, [&] {
      queue('a');
      stream_.mark(7);
      queue('b');
      stream_.select(1);
      queue('1');
      stream_.wait(7);
      queue('2');
    });
  });
  EXPECT_EQ(orders, (Orders{"ab12", "a1b2", "a12b", "1ab2", "1a2b"}));
}

TEST_F(Branches, MarkThatIsSetAgain_DoesNotConcernWhoWaitsAlready) {
  const Orders orders = orders_of([&] {
    run_branches(stream_, 2, [&] {
      queue('a');
      stream_.mark(0);
      stream_.select(1);
      stream_.wait(0);
      queue('1');
      stream_.select(0);
      queue('b');
      stream_.mark(0);
      stream_.select(1);
      stream_.wait(0);
      queue('2');
    });
  });
  EXPECT_EQ(orders, (Orders{"ab12", "a1b2"}));
}

// A mark stands for what its branch has waited for, too; of a branch without work it stands for nothing.
TEST_F(Branches, MarkBehindAWait_PassesItOn) {
  const Orders orders = orders_of([&] {
    run_branches(stream_, 3, [&] {
      stream_.mark(0);
      stream_.select(1);
      stream_.wait(0);
      queue('a');
      stream_.mark(1);
      stream_.select(2);
      stream_.wait(1);
      stream_.mark(2);
      stream_.select(0);
      stream_.wait(2);
      queue('b');
    });
  });
  EXPECT_EQ(orders, Orders{"ab"});
}

TEST_F(Branches, InARecording_AreReplayedInOtherOrders) {
  const auto work = record(stream_, [&] {
    queue('<');
    run_branches(stream_, 2, [&] {
      queue('a');
      stream_.select(1);
      queue('b');
    });
    queue('>');
  });
  EXPECT_EQ(take_what_ran(), "");
  EXPECT_EQ(orders_of([&] { stream_.replay(*work); }), (Orders{"<ab>", "<ba>"}));
}

TEST_F(Branches, WithTheSameOrder_AreTheSame) {
  const auto run = [&] {
    emulated::set_branch_order(42);
    run_branches(stream_, 5, [&] {
      for (int k = 0; k < 20; ++k) {
        stream_.select(k % 5);
        queue(static_cast<char>('a' + k));
      }
    });
    return take_what_ran();
  };
  const std::string first = run();
  EXPECT_EQ(run(), first);
}

TEST_F(Branches, JoinThatIsLeftOut_IsFound) {
  stream_.fork(2);
  queue('a');
  const std::string text = "expected branches to be joined, got a call of ";
  EXPECT_EQ(error_of([&] { stream_.synchronize(); }), "cuda: " + text + "synchronize");
  char byte = 0;
  EXPECT_EQ(error_of([&] { stream_.copy_to_host(&byte, &byte, 1); }), "cuda: " + text + "copy_to_host");
  EXPECT_EQ(error_of([&] { stream_.begin_recording(); }), "cuda: " + text + "begin_recording");
  EXPECT_EQ(error_of([&] { stream_.fork(2); }), "cuda: " + text + "fork");
  EXPECT_EQ(error_of([&] { stream_.scratch(); }), "cuda: " + text + "scratch");
  stream_.join();
  EXPECT_EQ(take_what_ran(), "a");
}

TEST_F(Branches, JoinThatIsLeftOutOfARecording_IsFound_AndTheStreamGoesOn) {
  EXPECT_EQ(error_of([&] {
              record(stream_, [&] {
                stream_.fork(2);
                queue('a');
              });
            }),
            "cuda: expected branches to be joined, got the end of the recording");
  EXPECT_FALSE(stream_.is_forked());
  EXPECT_FALSE(stream_.is_recording());
  queue('b');
  EXPECT_EQ(take_what_ran(), "b");
}

TEST_F(Branches, WithoutAFork_OrOutOfRange_AreRefused) {
  EXPECT_EQ(error_of([&] { stream_.select(0); }), "cuda: expected a fork, got a call of select");
  EXPECT_EQ(error_of([&] { stream_.mark(0); }), "cuda: expected a fork, got a call of mark");
  EXPECT_EQ(error_of([&] { stream_.wait(0); }), "cuda: expected a fork, got a call of wait");
  EXPECT_EQ(error_of([&] { stream_.join(); }), "cuda: expected a fork, got a call of join");
  for (const int branch : {-1, 2})
    EXPECT_EQ(error_of([&] { run_branches(stream_, 2, [&] { stream_.select(branch); }); }),
              "cuda: expected one of 2 branches, got number " + std::to_string(branch));
  run_branches(stream_, 2, [&] { stream_.mark(3); });
  EXPECT_EQ(error_of([&] { run_branches(stream_, 2, [&] { stream_.wait(3); }); }),
            "cuda: expected a mark of these branches to wait for, got 3")
      << "a mark of another fork";
}

TEST_F(Branches, BodyThatThrows_IsJoined) {
  EXPECT_THROW(run_branches(stream_, 2,
                            [&] {
                              stream_.select(1);
                              queue('a');
                              throw std::runtime_error("no");
                            }),
               std::runtime_error);
  EXPECT_FALSE(stream_.is_forked());
  queue('b');
  EXPECT_EQ(take_what_ran(), "ab");
}

TEST_F(Branches, AllocationsAndSums_AreRefused) {
  Arena arena(stream_);
  EXPECT_EQ(error_of([&] { run_branches(stream_, 2, [&] { arena.allocate(1); }); }),
            "cuda: expected no branches, got an allocation");
  const auto body = [](std::int64_t, std::int64_t) { return Sums<1>{}; };
  const auto done = [](std::int64_t, const double*) {};
  EXPECT_EQ(error_of([&] { run_branches(stream_, 2, [&] { launch_sums(stream_, 1, 1, body, done); }); }),
            "cuda: expected branches to be joined, got a call of scratch");
}

}  // namespace
}  // namespace convlstm::cuda::test
