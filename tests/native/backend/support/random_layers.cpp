#include "support/random_layers.h"

#include <algorithm>

#include "backend/cpu/kernels.h"
#include "support/agreement.h"
#include "support/random_shapes.h"

namespace convlstm::test {
namespace {

// The knobs that only some cells have.
void choose_normalization(Random& random, RecurrentDesc& desc) {
  const bool sums_two = desc.cell == CLN_CELL_CONV_GRU_RESET_AFTER || desc.cell == CLN_CELL_ST_LSTM;
  desc.normalization =
      static_cast<cln_normalization>(pick(random, {0, 0, sums_two ? 2 : 1, CLN_NORMALIZATION_LAYER}));
  desc.norm_epsilon = random.below(2) ? 1e-5f : 1e-2f;
  if (desc.normalization != CLN_NORMALIZATION_GROUP) return;
  const std::int64_t together = desc.cell == CLN_CELL_CONV_GRU ? 1 : 4;
  std::vector<std::int64_t> divisors;
  for (std::int64_t k = 1; k <= together * desc.hidden_channels; ++k)
    if (together * desc.hidden_channels % k == 0) divisors.push_back(k);
  desc.norm_group_channels = divisors[random.below(divisors.size())];
}

// Rounded to bfloat16 the other way, a number may move a sum across the kink of a function; and in the
// smallest normalized layers a gradient is the small difference of large ones.
void make_smooth(Random& random, RecurrentDesc& desc) {
  desc.hidden_channels = pick(random, {3, 5, 8, 10});
  desc.norm_group_channels = desc.hidden_channels;
  desc.gate_activation = CLN_GATE_ACTIVATION_SIGMOID;
  desc.cell_activation = static_cast<cln_cell_activation>(
      pick(random, {CLN_CELL_ACTIVATION_TANH, CLN_CELL_ACTIVATION_SIGMOID, CLN_CELL_ACTIVATION_LINEAR}));
  desc.cell_clip = 0;
}

RecurrentDesc random_desc(Random& random, cln_cell cell, int rank, const Size3& size) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.output = random.below(4) ? CLN_OUTPUT_SEQUENCE : CLN_OUTPUT_LAST;
  desc.bias = static_cast<cln_bias>(random.below(3));
  desc.gate_activation = static_cast<cln_gate_activation>(random.below(cpu::kGateActivations));
  desc.cell_activation = static_cast<cln_cell_activation>(random.below(cpu::kCellActivations));
  if (cell == CLN_CELL_CONV_LSTM) {
    desc.peephole = static_cast<cln_peephole>(random.below(3));
    desc.cell_clip = random.below(3) ? 0.0f : random.uniform(0.1f, 1.0f);
  }
  if (cell == CLN_CELL_CONV_LSTM || cell == CLN_CELL_ST_LSTM)
    desc.forget_bias = random.below(2) ? 1.0f : 0.0f;
  desc.mask = static_cast<cln_mask>(random.below(3));
  desc.input_dropout = random.below(3) ? 0.0f : 0.4f;
  desc.recurrent_dropout = random.below(3) ? 0.0f : 0.3f;
  desc.input_channels = pick(random, {0, 1, 2, 3, 5, 9});
  desc.hidden_channels = pick(random, {1, 2, 3, 5, 7, 8, 10});
  desc.input = random_convolution(random, rank, size);
  desc.recurrent_kernel = random_size(random, rank, {1, 2, 3, 3, 4, 5});
  desc.recurrent_dilation = random_size(random, rank, {1, 1, 1, 2, 3});
  choose_normalization(random, desc);
  return desc;
}

}  // namespace

Problem random_problem(Random& random, cln_cell cell, cln_storage storage) {
  const auto layout = static_cast<cln_layout>(random.below(4));
  const int rank = 1 + static_cast<int>(random.below(3));
  const bool is_half = storage == CLN_STORAGE_BFLOAT16;
  const std::int64_t least = is_half ? 4 : 1;
  const InputShape shape{pick(random, {1, 1, 2, 3}),
                         rank == 3 ? random_size(random, rank, {least, 4, 5})
                                   : random_size(random, rank, {least, 2 * least, 7, 8, 16, 19})};
  RecurrentDesc desc = random_desc(random, cell, rank, shape.size);
  desc.storage = storage;
  if (is_half) make_smooth(random, desc);
  const std::int64_t steps = pick(random, {1, 2, 3, 5});
  Problem problem = make_problem(random, desc, shape, steps, is_half || random.below(3) != 0, layout);
  if (desc.mask != CLN_MASK_NONE && random.below(4)) add_mask(problem, random);
  problem.dropout = {random.below(4) != 0, random.next()};
  problem.reverse = random.below(3) == 0;
  if (random.below(3) == 0) {
    const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(steps)));
    limit_input(problem, {begin, std::min(steps, begin + pick(random, {0, 1, 2}))});
    if (problem.input.begin == problem.input.end && random.below(2)) problem.x.clear();
  }
  problem.want_final = random.below(5) != 0;
  problem.want_dinitial = random.below(5) != 0;
  problem.want_dx = random.below(4) != 0;
  problem.states_in_place = random.below(2) != 0;
  if (random.below(6) == 0 && !problem.dfinal[kHidden].empty()) problem.dy.clear();
  return problem;
}

}  // namespace convlstm::test
