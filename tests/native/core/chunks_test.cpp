#include "core/chunks.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace convlstm {
namespace {

TEST(Chunks, AnySizes_FollowEachOtherFromZeroToTheCount) {
  for (std::int64_t count : {0, 1, 2, 7, 12, 100})
    for (std::int64_t runs : {1, 2, 3, 8})
      for (std::int64_t most : {0, 1, 3, 5, 200}) {
        const Chunks chunks(count, runs, most);
        std::int64_t next = 0;
        for (std::int64_t part = 0; part < chunks.parts(); ++part) {
          const auto [begin, end] = chunks.at(part);
          EXPECT_EQ(begin, next);
          EXPECT_LE(end - begin, std::max<std::int64_t>(most, 1));
          next = end;
        }
        EXPECT_EQ(next, count) << runs << " runs of chunks of " << most;
      }
}

TEST(Chunks, AsManyRunsAsThreads_EachThreadsPartsAreARun) {
  const Chunks chunks(100, 3, 10);
  ASSERT_EQ(chunks.parts() % 3, 0);
  for (std::int64_t run = 0; run < 3; ++run) {
    const std::int64_t first = chunks.parts() / 3 * run;
    EXPECT_EQ(chunks.at(first).begin, 100 * run / 3);
    EXPECT_EQ(chunks.at(first + chunks.parts() / 3 - 1).end, 100 * (run + 1) / 3);
  }
}

}  // namespace
}  // namespace convlstm
