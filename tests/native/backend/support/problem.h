// Problems for executors: a layer, a shape, and arrays for everything that goes in; and what comes out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/executor.h"
#include "core/random.h"

namespace convlstm::test {

using Floats = std::vector<float>;
using StateArrays = std::array<Floats, kMaxStateParts>;

inline std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

Floats uniform(Random& random, std::int64_t count, float low, float high);

// Arrays are dense, x and y in the problem's layout, in the order of time. An empty array is passed as a null
// pointer.
struct Problem {
  LayerDesc desc;
  InputShape shape;
  std::int64_t steps = 1;
  cln_layout layout = CLN_LAYOUT_NTCHW;
  bool reverse = false;                     // the executor gets negative step strides
  StepRange input;                          // in the order of computation; x holds NaN outside
  std::vector<std::uint8_t> active, emits;  // [t][n] in the order of computation; empty: no mask
  Dropout dropout;
  Floats x, dy;
  StateArrays initial, dfinal;
  std::array<Floats, kMaxParameters> parameters;
  std::uint64_t version = 1;  // of the parameters
  bool want_final = true, want_dinitial = true, want_dx = true;
  bool states_in_place = true;  // final over initial, dinitial over dfinal
};

struct Outcome {
  Floats y, dx;  // dx of steps without input: zeros
  StateArrays final, dinitial;
  std::array<Floats, kMaxParameters> gradients;
};

std::string describe(const Problem& problem);

// The grid of y and of the states.
Size3 grid_of(const Problem& problem);

// A problem of random arrays, all steps having an input, without mask and dropout. Weights are scaled so that
// the gates stay in their sensitive range.
Problem make_problem(Random& random, const LayerDesc& desc, const InputShape& shape, std::int64_t steps,
                     bool with_state, cln_layout layout = CLN_LAYOUT_NTCHW);

// Lets only steps [begin, end), in the order of computation, have an input; those outside become NaN in x.
void limit_input(Problem& problem, StepRange range);

// A random mask; `emits` as the description's cln_mask has it.
void add_mask(Problem& problem, Random& random);

// Run on the named executor. Outputs, and the reserve, hold NaN before; gradients of parameters start from
// `gradient_start`. `packed`: the cache of the layer, null for one of its own.
Outcome infer(Executor& executor, const Problem& problem, PackedCache* packed = nullptr);
Outcome train(Executor& executor, const Problem& problem, float gradient_start = 0.0f,
              PackedCache* packed = nullptr);

// The same on a new executor of that name.
std::unique_ptr<Executor> make_executor(cpu::CpuDevice& device, const std::string& executor,
                                        const Problem& problem);
Outcome infer(cpu::CpuDevice& device, const std::string& executor, const Problem& problem);
Outcome train(cpu::CpuDevice& device, const std::string& executor, const Problem& problem,
              float gradient_start = 0.0f, PackedCache* packed = nullptr);

// The largest difference, divided by the largest value expected (or by `floor` where that is larger); NaN or
// another size count as infinite.
double relative_error(const Floats& actual, const Floats& expected, double floor = 1e-3);

}  // namespace convlstm::test
