// Whether an executor gives what the reference gives, and the same bits whatever the threads.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "support/problem.h"

namespace convlstm::test {

struct Devices {
  static constexpr int kThreadCounts = 3;
  std::vector<std::unique_ptr<cpu::CpuDevice>> all;  // every instruction set with 1, 2 and 3 threads
  Devices();
};

bool same_bits(const Floats& a, const Floats& b);
bool same_bits(const StateArrays& a, const StateArrays& b);
bool same_bits(const Outcome& a, const Outcome& b);

// Largest relative errors of outputs and of gradients.
struct Bounds {
  double output = 5e-6, gradient = 2e-5;
};

// Training and inference on every device: near the reference, and the same bits whatever the threads.
void check(const Devices& devices, const std::string& executor, const Problem& problem,
           const Bounds& bounds = {});

std::int64_t pick(Random& random, std::initializer_list<std::int64_t> values);

}  // namespace convlstm::test
