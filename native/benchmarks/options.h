// The command line of the native benchmark.
#pragma once

#include <string>
#include <vector>

#include "shapes.h"

namespace convlstm::benchmarks {

struct Options {
  std::vector<Shape> shapes;  // all, or those of --shapes=mm3,step
  int threads;                // --threads=2; else CLN_THREADS; else two, or one where there are no two
  bool is_quick = false;      // --quick: fewer rounds
  bool checks_only = false;   // --check: compares outputs and times nothing
  std::string json;           // --json=FILE: {machine, rows} beside the peer
};

// Takes its own arguments out of the list and leaves the others to Google Benchmark. Throws
// std::invalid_argument with one line that names the argument, what was expected and what was there.
Options take_options(int* argc, char** argv);

}  // namespace convlstm::benchmarks
