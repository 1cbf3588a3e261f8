#include "layer/tuning_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace convlstm::test {
namespace {

class TuningFile : public testing::Test {
 protected:
  std::string path() const { return folder_ / "tuning.txt"; }
  void write(const std::string& text) const { std::ofstream(path()) << text; }
  std::string text() const { return text_of(path()); }
  TemporaryFolder folder_;
};

TuningKey key(const std::string& last) {
  return "0.1.0\tcpu\tavx2\t2\tfast\tbatch=1 size=8x8\t" + last;
}

TEST_F(TuningFile, ThatIsNotThere_OrIsEmpty_HoldsNothing) {
  EXPECT_TRUE(read_tuning_file(path()).empty());
  EXPECT_FALSE(std::filesystem::exists(path()));
  write("");
  EXPECT_TRUE(read_tuning_file(path()).empty());
}

TEST_F(TuningFile, Entries_AreAddedAndReplaced_AndOthersKept) {
  write("# convlstm tuning 1\n\n# by hand\n9.9\tgpu\tx\t1\tfast\tbatch=1 size=1x1\tlayer\tother thing\t5\n");
  write_tuning_entry(path(), key("b"), {"generic", 70, 0});
  write_tuning_entry(path(), key("a"), {"direct_fused", 12, 0});
  write_tuning_entry(path(), key("b"), {"winograd_fused:2x2,folded", 60, 0});
  const TuningEntries entries = read_tuning_file(path());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries.at(key("a")).choice, "direct_fused");
  EXPECT_EQ(entries.at(key("a")).nanoseconds, 12);
  EXPECT_EQ(entries.at(key("b")).choice, "winograd_fused:2x2,folded");
  EXPECT_EQ(entries.at("9.9\tgpu\tx\t1\tfast\tbatch=1 size=1x1\tlayer").choice, "other thing");
  EXPECT_EQ(folder_.files(), 1) << "neither locks nor temporary files stay";
  const std::string before = text();
  write_tuning_entry(path(), key("a"), {"direct_fused", 12, 0});
  EXPECT_EQ(text(), before) << "the order does not depend on who wrote when";
}

TEST_F(TuningFile, OfAnythingElse_IsRefusedByNameAndLine_AndNotTouched) {
  const std::string heading = "# convlstm tuning 1\n", good = key("a") + "\tgeneric\t1\n";
  const std::pair<std::string, std::string> bad[] = {
      {"hello\n", "line 1: expected \"# convlstm tuning 1\""},
      {"# convlstm tuning 2\n" + good, "line 1"},
      {good, "line 1"},
      {heading + "\n" + key("a") + "\tgeneric\n", "line 3: expected 9 fields with tabs between, got 8"},
      {heading + key("a") + "\tgeneric\t1\t2\n", "line 2: expected 9 fields with tabs between, got 10"},
      {heading + key("a") + "\tgeneric\tfast\n", "line 2: expected a number of nanoseconds, got fast"},
      {heading + key("a") + "\tgeneric\t-1\n", "got -1"},
      {heading + key("a") + "\tgeneric\t1x\n", "got 1x"},
      {heading + key("a") + "\t\t1\n", "line 2: expected a choice"},
      {heading + good + key("b") + "\tgeneric\t1\n" + good, "line 4: expected each case once"},
  };
  for (const auto& [content, message] : bad) {
    write(content);
    expect_error(CLN_INVALID_ARGUMENT, path(), [&] { read_tuning_file(path()); });
    expect_error(CLN_INVALID_ARGUMENT, message, [&] { read_tuning_file(path()); });
    expect_error(CLN_INVALID_ARGUMENT, message, [&] {
      write_tuning_entry(path(), key("z"), {"generic", 1, 0});
    });
    EXPECT_EQ(text(), content);
  }
  expect_error(CLN_INVALID_ARGUMENT, "expected a file", [&] { read_tuning_file(folder_.path().string()); });
  expect_error(CLN_INVALID_ARGUMENT, "cannot be opened", [&] {
    write_tuning_entry((folder_ / "none" / "tuning.txt").string(), key("z"), {"generic", 1, 0});
  });
}

// Threads of several processes, each with entries of its own, while others read.
TEST_F(TuningFile, WritersAtOnce_LoseNothing) {
  constexpr int kProcesses = 3, kThreads = 2, kEntries = 15;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::vector<std::thread> threads;
      for (int thread = 0; thread < kThreads; ++thread)
        threads.emplace_back([&, thread] {
          for (int k = 0; k < kEntries; ++k)
            write_tuning_entry(
                path(), key(std::to_string(process) + ' ' + std::to_string(thread) + ' ' + std::to_string(k)),
                {"generic", k, 0});
        });
      for (std::thread& thread : threads) thread.join();
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    while (waitpid(child, &status, WNOHANG) == 0) EXPECT_NO_THROW(read_tuning_file(path()));
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(read_tuning_file(path()).size(), static_cast<std::size_t>(kProcesses * kThreads * kEntries));
  EXPECT_EQ(folder_.files(), 1);
}

}  // namespace
}  // namespace convlstm::test
