#include "layer/tuning_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/error.h"

namespace convlstm {
namespace {

constexpr const char* kHeading = "# convlstm tuning 1";
constexpr const char* kFields =
    "# version\tdevice\tinstruction set\tthreads\tpolicy\tshape\tdescription\tchoice\tnanoseconds";
constexpr std::size_t kKeyFields = 7;

[[noreturn]] void fail_of(const std::string& path, const char* what) {
  fail(CLN_INVALID_ARGUMENT, "tuning file ", path, ": ", what, ": ", std::strerror(errno));
}

[[noreturn]] void fail_at(const std::string& path, int line, const std::string& what) {
  fail(CLN_INVALID_ARGUMENT, "tuning file ", path, ", line ", line, ": expected ", what);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

TuningEntries parse(const std::string& path, std::istream& in) {
  TuningEntries entries;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (line == 1 && text != kHeading) fail_at(path, line, std::string("\"") + kHeading + '"');
    if (text.empty() || text.front() == '#') continue;
    const std::vector<std::string> fields = split(text);
    if (fields.size() != kKeyFields + 2)
      fail_at(path, line, "9 fields with tabs between, got " + std::to_string(fields.size()));
    const std::string &choice = fields[kKeyFields], &digits = fields[kKeyFields + 1];
    TuningEntry entry{choice, 0, line};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), entry.nanoseconds);
    if (error != std::errc() || end != digits.data() + digits.size() || entry.nanoseconds < 0)
      fail_at(path, line, "a number of nanoseconds, got " + digits);
    if (choice.empty()) fail_at(path, line, "a choice, got none");
    const TuningKey key = text.substr(0, text.size() - choice.size() - digits.size() - 2);
    if (!entries.emplace(key, entry).second) fail_at(path, line, "each case once, got one again");
  }
  if (in.bad()) fail_of(path, "cannot be read");
  return entries;
}

// The file at `path`, made where there is none, locked against other writers while this lives.
class LockedFile {
 public:
  explicit LockedFile(const std::string& path) {
    for (;;) {
      file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (file_ < 0) fail_of(path, "cannot be opened");
      struct stat mine {
      }, current{};
      while (::flock(file_, LOCK_EX) != 0)
        if (errno != EINTR) fail_of(path, "cannot be locked");
      // Who had the lock may have renamed another file to this name.
      if (::fstat(file_, &mine) == 0 && ::stat(path.c_str(), &current) == 0 &&
          mine.st_ino == current.st_ino && mine.st_dev == current.st_dev)
        return;
      ::close(file_);
    }
  }
  ~LockedFile() { ::close(file_); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

 private:
  int file_;
};

}  // namespace

TuningEntries read_tuning_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    fail_of(path, "cannot be read");
  }
  if (!S_ISREG(found.st_mode)) fail(CLN_INVALID_ARGUMENT, "tuning file ", path, ": expected a file");
  std::ifstream in(path);
  if (!in) fail_of(path, "cannot be read");
  return parse(path, in);
}

void write_tuning_entry(const std::string& path, const TuningKey& key, const TuningEntry& entry) {
  const LockedFile lock(path);
  TuningEntries entries = read_tuning_file(path);
  entries[key] = entry;
  const std::string temporary = path + '.' + std::to_string(::getpid()) + ".new";
  std::ofstream out(temporary, std::ios::trunc);
  out << kHeading << '\n' << kFields << '\n';
  for (const auto& [its_key, its] : entries)
    out << its_key << '\t' << its.choice << '\t' << its.nanoseconds << '\n';
  out.close();
  if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    std::remove(temporary.c_str());
    errno = error;
    fail_of(path, "cannot be written");
  }
}

}  // namespace convlstm
