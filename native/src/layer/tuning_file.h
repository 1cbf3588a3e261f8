// The file that keeps which executor and tiling was the fastest: lines of fields with tabs between.
//
//   # convlstm tuning 1
//   version  device  instruction set  threads  policy  shape  description  choice  nanoseconds
//
// An empty file holds nothing; lines that begin with # and empty ones are skipped, but for the first, which
// must be there. Anything else is an error that names the file and the line.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace convlstm {

// The fields of a line that say what it is about.
using TuningKey = std::string;

struct TuningEntry {
  std::string choice;            // what Backend::make_executor is asked for
  std::int64_t nanoseconds = 0;  // of a step
  int line = 0;
};

using TuningEntries = std::map<TuningKey, TuningEntry>;

// Nothing where there is no such file. Throws Error(CLN_INVALID_ARGUMENT).
TuningEntries read_tuning_file(const std::string& path);

// Adds a line, or replaces that of the key: under a lock, to a temporary name that is then renamed, so that
// readers see a whole file and writers lose nothing of each other. Throws Error(CLN_INVALID_ARGUMENT).
void write_tuning_entry(const std::string& path, const TuningKey& key, const TuningEntry& entry);

}  // namespace convlstm
