// Rows of this library beside its peers, as text and as JSON {machine, rows}: the same columns as the managed
// benchmark writes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rounds.h"

namespace convlstm::benchmarks {

struct Row {
  std::string id, dtype, policy, executor;
  double ours_ms = 0;
  std::map<std::string, double> peers;            // by name: milliseconds
  std::map<std::string, std::string> peer_forms;  // how each peer was fastest, or why it does not run
  std::string best_peer;                          // empty: none ran
  Pair pair{};                                    // with the best peer
  int rounds = 0;
  double gflops = 0;  // operations of a direct convolution over the time
  double max_error = 0;
};

struct MachineFacts {
  int threads = 0;
  std::string instruction_set, peers;
  double fma_peak = 0, bfloat16_peak = 0;  // GFLOP/s; 0: the machine has no such instruction
};

std::string processor_name();
void print_rows(const MachineFacts& machine, const std::vector<Row>& rows);
// Throws std::runtime_error where the file cannot be written.
void write_rows(const std::string& path, const MachineFacts& machine, const std::vector<Row>& rows);

}  // namespace convlstm::benchmarks
