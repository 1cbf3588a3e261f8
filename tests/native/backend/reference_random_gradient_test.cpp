// The oracle's gradients against central differences, all in double: random layers with all knobs at once.
#include <gtest/gtest.h>

#include "cell/cells.h"
#include "support/reference_case.h"

namespace convlstm::test {
namespace {

constexpr int kLayers = 300;

std::int64_t pick(Random& random, std::initializer_list<std::int64_t> values) {
  return values.begin()[random.below(values.size())];
}

template <typename Enum>
Enum pick_enum(Random& random, Enum last) {
  return static_cast<Enum>(random.below(static_cast<std::uint64_t>(last) + 1));
}

// The first `rank` dimensions, counted from w, are `next()`; the others `rest`.
template <typename Next>
Size3 sizes(int rank, std::int64_t rest, const Next& next) {
  return {rank > 1 ? next() : rest, next(), rank > 2 ? next() : rest};
}

RecurrentDesc random_layer(Random& random, int rank) {
  RecurrentDesc desc;
  desc.cell = pick_enum(random, CLN_CELL_ST_LSTM);
  const bool is_lstm = desc.cell == CLN_CELL_CONV_LSTM;
  const bool has_groups = is_lstm || desc.cell == CLN_CELL_CONV_GRU;
  desc.output = random.below(4) ? CLN_OUTPUT_SEQUENCE : CLN_OUTPUT_LAST;
  if (is_lstm) desc.peephole = pick_enum(random, CLN_PEEPHOLE_PER_PIXEL);
  desc.bias = pick_enum(random, CLN_BIAS_TWO);
  if (is_lstm || desc.cell == CLN_CELL_ST_LSTM) desc.forget_bias = random.below(2) ? 1.0f : 0.0f;
  if (is_lstm && random.below(3) == 0) desc.cell_clip = random.uniform(0.3f, 1.0f);
  desc.gate_activation = pick_enum(random, CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3);
  desc.cell_activation = pick_enum(random, CLN_CELL_ACTIVATION_LINEAR);
  desc.normalization = pick_enum(random, CLN_NORMALIZATION_LAYER);
  if (desc.normalization == CLN_NORMALIZATION_GROUP && !has_groups)
    desc.normalization = CLN_NORMALIZATION_NONE;
  desc.norm_epsilon = 0.05f;
  desc.mask = pick_enum(random, CLN_MASK_ZERO);
  desc.input_dropout = random.below(2) ? 0.4f : 0.0f;
  desc.recurrent_dropout = random.below(2) ? 0.3f : 0.0f;
  desc.input_channels = pick(random, {0, 1, 1, 2});
  desc.hidden_channels = pick(random, {1, 2, 3});
  desc.norm_group_channels = random.below(2) ? desc.hidden_channels : 1;
  const auto kernel = [&] { return pick(random, {1, 2, 3, 3, 4}); };
  desc.input.kernel = sizes(rank, 1, kernel);
  desc.recurrent_kernel = sizes(rank, 1, kernel);
  const auto step = [&] { return pick(random, {1, 2, 3}); };
  if (const auto which = random.below(3); which != 0)
    (which == 1 ? desc.input.stride : desc.input.dilation) = sizes(rank, 1, step);
  if (random.below(3) == 0) desc.recurrent_dilation = sizes(rank, 1, step);
  desc.input.padding = pick_enum(random, CLN_PADDING_EXPLICIT);
  const auto pad = [&] { return pick(random, {0, 1, 2, 4}); };
  if (desc.input.padding == CLN_PADDING_EXPLICIT)
    desc.input.before = sizes(rank, 0, pad), desc.input.after = sizes(rank, 0, pad);
  return desc;
}

TEST(ReferenceGradient, RandomLayers_MatchDifferences) {
  Random random(2025);
  for (int checked = 0; checked < kLayers;) {
    const int rank = static_cast<int>(random.below(3)) + 1;
    const RecurrentDesc desc = random_layer(random, rank);
    const InputShape shape{pick(random, {1, 2}), sizes(rank, 1, [&] {
                             return rank == 3 ? pick(random, {1, 2, 3}) : pick(random, {1, 3, 4, 6});
                           })};
    const std::uint64_t seed = random.next();
    const std::int64_t steps = pick(random, {1, 2, 3});
    const Size3 grid = state_size(desc, shape.size);
    if (grid.area() == 0 || grid.area() > 60) continue;
    Case c = make_case(seed, desc, shape, steps);
    if (random.below(3) == 0) {
      const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(steps)));
      limit_input(c, {begin, steps - static_cast<std::int64_t>(random.below(2))});
    }
    if (desc.mask != CLN_MASK_NONE) add_mask(c, seed);
    c.sequence.dropout = {random.below(3) != 0, seed};
    check_gradients(c, 10);
    if (HasFatalFailure()) return;
    ++checked;
  }
}

}  // namespace
}  // namespace convlstm::test
