// Problems for executors: a layer, a shape, and arrays for everything that goes in; and what comes out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/executor.h"
#include "core/random.h"

namespace convlstm::test {

using Floats = std::vector<float>;

inline std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

Floats uniform(Random& random, std::int64_t count, float low, float high);

// Arrays are dense, x and y in the layer's layout. An empty array is passed as a null pointer.
struct Problem {
  LayerDesc desc;
  InputShape shape;
  std::int64_t steps = 1;
  Floats x, h, c, dy, dh, dc;
  std::array<Floats, kMaxParameters> parameters;
  bool want_final = true, want_dinitial = true, want_dx = true;
  bool states_in_place = true;  // final over initial, dinitial over dfinal
};

struct Outcome {
  Floats y, h, c;
  Floats dx, dh, dc;  // empty after a forward
  std::array<Floats, kMaxParameters> gradients;
};

std::string describe(const Problem& problem);

// A problem of random arrays. Weights are scaled so that the gates stay in their sensitive range.
Problem make_problem(Random& random, const LayerDesc& desc, const InputShape& shape, std::int64_t steps,
                     bool with_state);

// Run on the named executor. Outputs, and the reserve, hold NaN before; gradients of parameters start from
// `gradient_start`.
Outcome infer(cpu::CpuDevice& device, const std::string& executor, const Problem& problem);
Outcome train(cpu::CpuDevice& device, const std::string& executor, const Problem& problem,
              float gradient_start = 0.0f);

// The largest difference, divided by the largest value expected (or by `floor` where that is larger); NaN or
// another size count as infinite.
double relative_error(const Floats& actual, const Floats& expected, double floor = 1e-3);

}  // namespace convlstm::test
