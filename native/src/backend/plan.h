// How one cell of a layer runs on one shape, and why, as data: what executors and backends tell of
// themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/verdict.h"

namespace convlstm {

// A number of the tiling, such as {"tiles", 256}. Static text.
struct PlanNumber {
  const char* name;
  std::int64_t value;
};

// Another way that was looked at, such as {"F(2x2, 3x3)", 7e8}: the multiply-adds of a step.
struct PlanEstimate {
  std::string name;
  double multiply_adds;
};

// An executor made ready, and inference. Multiply-adds are of one step that has an input.
struct ExecutorPlan {
  std::string algorithm;            // such as "Winograd F(4x4, 3x3)"
  std::string tiling;               // how the work is cut, in words
  std::vector<PlanNumber> numbers;  // and in numbers
  const char* input = "none";  // the input's convolution: "folded" into that of h, "hoisted" over the steps,
                               // or "apart" in each step
  std::int64_t weight_bytes = 0;  // as the products read them
  std::int64_t work_bytes = 0;    // what the executor holds after a run; without what cuDNN works in
  double multiply_adds = 0;       // edges of tiles and empty lanes counted; 0: as the equations have them
  std::vector<PlanEstimate> estimates;
};

// An executor of the device's list, and what it says to a cell and a shape.
struct ExecutorOption {
  std::string name;
  bool is_able = false;      // it supports them and keeps to the policy
  Verdict takes;             // whether it is taken unasked, where no option before it is
  double multiply_adds = 0;  // of a step, as in its plan; 0: not known
  // What make_executor can be asked for of it and that may be the fastest: it, or each of its tilings.
  std::vector<std::string> contenders;
};

}  // namespace convlstm
