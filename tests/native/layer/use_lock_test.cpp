#include "layer/use_lock.h"

#include <thread>
#include <vector>

#include "support/expect_error.h"

namespace convlstm::test {
namespace {

TEST(UseLock, WithReaders_TakesReadersButNoWriter) {
  UseLock lock;
  {
    const ReadUse first(lock, "x"), second(lock, "x");
    expect_error(CLN_BUSY, "x:", [&] { const WriteUse writer(lock, "x"); });
  }
  EXPECT_NO_THROW(WriteUse(lock, "x"));
}

TEST(UseLock, WithAWriter_TakesNobody) {
  UseLock lock;
  {
    const WriteUse writer(lock, "x");
    expect_error(CLN_BUSY, "x:", [&] { const WriteUse other(lock, "x"); });
    expect_error(CLN_BUSY, "x:", [&] { const ReadUse reader(lock, "x"); });
  }
  EXPECT_NO_THROW(ReadUse(lock, "x"));
}

TEST(UseLock, BetweenThreads_KeepsWritersAlone) {
  UseLock lock;
  std::int64_t value = 0, writes = 0;  // guarded by the lock
  const auto work = [&] {
    for (int i = 0; i < 20000; ++i) {
      if (lock.try_write()) {
        ++value;
        ++writes;
        lock.end_write();
      }
      if (lock.try_read()) {
        EXPECT_EQ(value, writes);
        lock.end_read();
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(lock.try_write()) << "everybody has let go";
  EXPECT_GT(writes, 0);
}

}  // namespace
}  // namespace convlstm::test
