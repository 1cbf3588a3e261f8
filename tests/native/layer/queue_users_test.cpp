#include "layer/queue_users.h"

#include <gtest/gtest.h>

#include "support/fake_backend.h"

namespace convlstm::test {
namespace {

using Backends = std::vector<Backend*>;

class QueueUse : public testing::Test {
 protected:
  std::shared_ptr<FakeBackend> a = std::make_shared<FakeBackend>(), b = std::make_shared<FakeBackend>(),
                               c = std::make_shared<FakeBackend>();
  QueueUsers users;
};

TEST_F(QueueUse, OfOneQueue_WaitsForNobody) {
  users.write(a);
  users.read(a);
  users.write(a);
  EXPECT_EQ(a->waited_for, Backends{});
}

TEST_F(QueueUse, Readers_WaitForTheWriterAndNotForEachOther) {
  users.write(a);
  users.read(b);
  users.read(c);
  EXPECT_EQ(b->waited_for, Backends{a.get()});
  EXPECT_EQ(c->waited_for, Backends{a.get()});
}

TEST_F(QueueUse, AWriter_WaitsForTheWriterBeforeAndTheReadersSince) {
  users.write(a);
  users.read(b);
  users.read(b);
  users.read(c);
  users.write(c);
  EXPECT_EQ(c->waited_for, (Backends{a.get(), a.get(), b.get()}));  // as a reader, then as the writer
  users.write(c);
  EXPECT_EQ(c->waited_for.size(), 3u) << "what was waited for once is behind it";
}

TEST_F(QueueUse, QueuesThatAreGone_AreNotWaitedFor) {
  users.write(a);
  users.read(b);
  a.reset();
  b.reset();
  users.write(c);
  EXPECT_EQ(c->waited_for, Backends{});
}

TEST_F(QueueUse, TheEnd_WaitsForEveryQueueButTheOwners) {
  users.write(a);
  users.read(b);
  users.read(c);
  users.wait_for_all_but(*b);
  EXPECT_EQ(a->synchronizations, 1);
  EXPECT_EQ(b->synchronizations, 0);
  EXPECT_EQ(c->synchronizations, 1);
}

}  // namespace
}  // namespace convlstm::test
