// What a case means in the words of the C interface.
#pragma once

#include <array>
#include <cstdint>

#include "convlstm_native.h"
#include "support/case.h"

namespace convlstm::test {

using Sizes = std::array<std::int64_t, 3>;  // the first `rank` count, the others are 1

struct Problem {
  cln_recurrent_desc desc{};
  std::int64_t batch = 1, steps = 1, input_steps = 1;
  Sizes size{1, 1, 1};
  Sizes grid{1, 1, 1};  // of the states; below 1 where the input kernel does not fit

  std::int64_t directions() const { return desc.direction == CLN_DIRECTION_BIDIRECTIONAL ? 2 : 1; }
  bool has_input() const { return desc.input_channels > 0 && input_steps > 0; }
  bool is_time_first() const { return desc.layout == CLN_LAYOUT_TNCHW || desc.layout == CLN_LAYOUT_TNHWC; }
  std::int64_t output_channels() const;
  std::int64_t x_step() const;  // elements of one step of one sequence
  std::int64_t y_step() const;
  std::int64_t x_count() const { return has_input() ? batch * input_steps * x_step() : 0; }
  std::int64_t y_count() const { return batch * (desc.output == CLN_OUTPUT_LAST ? 1 : steps) * y_step(); }
  std::int64_t part_count() const;  // elements of a part of the state
  // Multiplications of a forward, roughly: what a run of it in plain loops costs.
  double cost() const;
};

std::int64_t product(const Sizes& sizes);
Problem problem_of(const Case& tested);

}  // namespace convlstm::test
