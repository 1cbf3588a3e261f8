// What must hold of every case.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "support/case.h"

namespace convlstm::test {

bool is_on_cuda();  // CLN_PROOF_DEVICE=cuda
// Of the CPU or of the CUDA backend.
std::span<const char* const> executors_to_prove();

struct Verdict {
  std::optional<std::string> failure;
  std::vector<std::string> executors;  // beside "reference"
  bool needed_slack = false;           // the bound alone did not do
};

// Every executor that supports the layer gives what "reference" gives; training and inference give the same
// where nothing is dropped; checkpoints change nothing; a truncated run is a chain of runs; nothing stays
// alive.
Verdict prove(const Case& tested);

}  // namespace convlstm::test
