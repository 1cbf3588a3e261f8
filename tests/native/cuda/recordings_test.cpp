#include "backend/cuda/recordings.h"

#include <gtest/gtest.h>

namespace convlstm::cuda::test {
namespace {

class RecordingsTest : public testing::Test {
 protected:
  // Runs a call that is known by `number`; true where it had to be queued.
  bool run(std::int64_t number) {
    bool was_queued = false;
    CallKey key;
    key.add(number);
    recordings_.run(stream_, key, nullptr, [&] { was_queued = true; });
    return was_queued;
  }
  Stream stream_{0};
  Recordings recordings_;
};

TEST_F(RecordingsTest, Call_IsRecordedTheSecondTimeAndReplayedFromThenOn) {
  EXPECT_TRUE(run(1));
  EXPECT_EQ(recordings_.recorded(), 0u);
  EXPECT_TRUE(run(1));
  EXPECT_EQ(recordings_.recorded(), 1u);
  EXPECT_FALSE(run(1));
  EXPECT_TRUE(run(2));
}

TEST_F(RecordingsTest, Clear_WhatHasRun_IsRecordedAtOnce) {
  run(1);
  run(1);
  recordings_.clear();
  EXPECT_EQ(recordings_.recorded(), 0u);
  EXPECT_TRUE(run(1));
  EXPECT_EQ(recordings_.recorded(), 1u);
}

TEST_F(RecordingsTest, ManyCalls_TheOldestAreForgotten) {
  run(0);
  run(0);
  for (std::int64_t call = 1; call < static_cast<std::int64_t>(Recordings::kMost); ++call) run(call);
  EXPECT_FALSE(run(0)) << "the latest of all";
  for (std::int64_t call = 1; call <= static_cast<std::int64_t>(Recordings::kMost); ++call) run(call);
  EXPECT_TRUE(run(0));
}

TEST_F(RecordingsTest, WorkThatThrowsWhileItIsRecorded_LeavesAStreamThatRuns) {
  CallKey key;
  key.add(std::int64_t{1});
  run(1);
  EXPECT_THROW(recordings_.run(stream_, key, nullptr, [] { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_FALSE(stream_.is_recording());
  EXPECT_TRUE(run(1));
  EXPECT_FALSE(run(1));
  stream_.synchronize();
}

TEST(CallKeyTest, CallsThatDifferInOneAddress_DifferSo) {
  float numbers[2];
  const ParameterViews parameters;
  ForwardCall call;
  call.parameters = {&parameters, 1};
  call.steps = 3;
  call.y.data = numbers;
  const CallKey key = key_of(call);
  EXPECT_TRUE(key == key_of(call));
  call.dropout.seed = 7;  // lies on the device
  EXPECT_TRUE(key == key_of(call));
  call.y.data = numbers + 1;
  EXPECT_FALSE(key == key_of(call));
  call.y.data = numbers;
  call.mask.batch_stride = 1;
  EXPECT_FALSE(key == key_of(call));
}

}  // namespace
}  // namespace convlstm::cuda::test
