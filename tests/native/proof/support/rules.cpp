#include "support/rules.h"

#include <algorithm>
#include <cmath>

#include "support/problem.h"

namespace convlstm::test {
namespace {

// Multiplications of a forward in plain loops.
constexpr double kLargestCost = 600e3;

bool any_above_one(const std::int32_t (&values)[3], std::int32_t rank) {
  return std::any_of(values, values + rank, [](std::int32_t value) { return value > 1; });
}

bool do_groups_divide(const cln_recurrent_desc& desc) {
  const std::int64_t together =
      desc.cell == CLN_CELL_CONV_LSTM ? 4 * desc.hidden_channels : desc.hidden_channels;
  return together % desc.norm_group_channels == 0;
}

// Whether the first step that is computed sees pixels that differ. Where all are equal, a normalization finds
// nothing but rounding to blow up.
bool has_something_to_normalize(const Case& tested, const Problem& problem) {
  if (tested[Knob::kState] != 0) return true;
  const bool begins_at_the_end = problem.desc.direction != CLN_DIRECTION_FORWARD;
  return problem.has_input() && (!begins_at_the_end || problem.input_steps == problem.steps);
}

int idle_knobs(const Case& tested, const Problem& problem) {
  const cln_recurrent_desc& desc = problem.desc;
  const bool has_group_norm = desc.normalization == CLN_NORMALIZATION_GROUP;
  int count = 0;
  count += tested[Knob::kGroupChannels] != 0 && !has_group_norm;
  count += tested[Knob::kEpsilon] != 0 && desc.normalization == CLN_NORMALIZATION_NONE;
  count += tested[Knob::kMerge] != 0 && problem.directions() == 1;
  count += tested[Knob::kPads] != 0 && desc.padding != CLN_PADDING_EXPLICIT;
  count += tested.integer(Knob::kTruncate) >= problem.steps;
  count += tested.integer(Knob::kCheckpoint) > problem.steps;
  return count;
}

}  // namespace

std::vector<std::string_view> broken_rules(const Case& tested) {
  const Problem problem = problem_of(tested);
  const cln_recurrent_desc& desc = problem.desc;
  const bool is_lstm = desc.cell == CLN_CELL_CONV_LSTM, is_st = desc.cell == CLN_CELL_ST_LSTM;
  const bool has_group_norm = desc.normalization == CLN_NORMALIZATION_GROUP;
  std::vector<std::string_view> out;
  const auto rule = [&](bool holds, std::string_view text) {
    if (!holds) out.push_back(text);
  };
  rule(desc.peephole == CLN_PEEPHOLE_NONE || is_lstm, "peepholes are of the ConvLSTM");
  rule(desc.cell_clip == 0 || is_lstm, "the clip is of the ConvLSTM");
  rule(desc.forget_bias == 0 || is_lstm || is_st, "a ConvGRU has no forget gate");
  rule(!has_group_norm || is_lstm || desc.cell == CLN_CELL_CONV_GRU, "no group normalization of this cell");
  rule(!has_group_norm || do_groups_divide(desc), "groups divide the channels");
  rule(!is_st || desc.layers == 1 || problem.directions() == 1, "no bidirectional stack of ST-LSTM");
  rule(!any_above_one(desc.input_stride, desc.rank) || !any_above_one(desc.input_dilation, desc.rank),
       "stride and dilation are not both above 1");
  rule(*std::min_element(problem.grid.begin(), problem.grid.end()) >= 1, "the input kernel fits");
  rule(desc.mask != CLN_MASK_NONE || tested[Knob::kMaskGiven] == 0, "a mask needs a layer made for one");
  return out;
}

double distance_to_valid(const Case& tested) {
  const Problem problem = problem_of(tested);
  const double too_costly = std::max(std::log2(problem.cost() / kLargestCost), 0.0);
  const bool is_normalized = problem.desc.normalization != CLN_NORMALIZATION_NONE;
  const int unfit = is_normalized && !has_something_to_normalize(tested, problem);
  return static_cast<double>(broken_rules(tested).size()) + unfit + idle_knobs(tested, problem) + too_costly +
         (has_instruction_set(tested) ? 0 : 1);
}

bool has_instruction_set(const Case& tested) {
#if defined(__x86_64__)
  switch (tested[Knob::kInstructionSet]) {
    case 1:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case 2:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    case 3:
      return __builtin_cpu_supports("avx512bf16");
    default:
      return true;
  }
#elif defined(__aarch64__)
  return tested[Knob::kInstructionSet] < kInstructionSetCount;
#else
  return tested[Knob::kInstructionSet] == 0;
#endif
}

}  // namespace convlstm::test
