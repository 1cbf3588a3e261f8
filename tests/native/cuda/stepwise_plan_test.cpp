// Which convolutions share the gradients by their rows, what is normalized together, and what the tape takes.
#include "backend/cuda/stepwise_plan.h"

#include <gtest/gtest.h>

#include "backend/cuda/stepwise_tape.h"

namespace convlstm::cuda::test {
namespace {

RecurrentDesc layer(cln_cell cell) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.input_channels = 3;
  desc.hidden_channels = 5;
  return desc;
}

TEST(StepwisePlanTest, ConvLstm_BothConvolutionsShareTheirRows) {
  const StepwisePlan plan(layer(CLN_CELL_CONV_LSTM));
  ASSERT_EQ(plan.convolutions.size(), 2u);
  EXPECT_EQ(plan.row_sets[0].size(), 1u);
  EXPECT_EQ(plan.convolutions[0].rows[0], plan.convolutions[1].rows[0]);
}

TEST(StepwisePlanTest, DroppedInput_HasRowsOfItsOwn) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
  desc.input_dropout = 0.5f;
  const StepwisePlan plan(desc);
  EXPECT_EQ(plan.row_sets[0].size(), 1u);
  ASSERT_EQ(plan.row_sets[1].size(), 2u);
  EXPECT_TRUE(plan.row_sets[1][plan.convolutions[0].rows[1]].is_planar);
  EXPECT_FALSE(plan.row_sets[1][plan.convolutions[1].rows[1]].is_planar);
}

TEST(StepwisePlanTest, SlotWithoutConvolution_HasRowsAllTheSame) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_GRU_RESET_AFTER);
  desc.input_channels = 0;
  for (const auto& sets : StepwisePlan(desc).row_sets)
    for (int slot = 0; slot < 4; ++slot) {
      int count = 0;
      for (const RowSet& set : sets) count += set.has(slot);
      EXPECT_EQ(count, 1) << slot;
    }
}

TEST(StepwisePlanTest, LayerNormalization_NothingIsShared) {
  RecurrentDesc desc = layer(CLN_CELL_ST_LSTM);
  desc.normalization = CLN_NORMALIZATION_LAYER;
  const StepwisePlan plan(desc);
  EXPECT_EQ(plan.norms.size(), 4u) << "not that of the 1x1 convolution";
  EXPECT_EQ(plan.row_sets[0].size(), plan.convolutions.size());
  EXPECT_EQ(plan.norms[0].groups, 1);
  EXPECT_EQ(plan.norms[0].group_rows, 7 * 5);
}

TEST(StepwisePlanTest, GroupNormalization_OneAStage) {
  RecurrentDesc desc = layer(CLN_CELL_CONV_GRU);
  desc.normalization = CLN_NORMALIZATION_GROUP;
  desc.norm_group_channels = 5;
  const StepwisePlan plan(desc);
  ASSERT_EQ(plan.norms.size(), 2u);
  EXPECT_EQ(plan.norms[0].groups, 2);
  EXPECT_EQ(plan.norms[1].first_row, 2);
}

// What is kept of a plain ConvLSTM: x, h, c and the gates of every step.
TEST(StepwiseTapeTest, PlainConvLstm_KeepsWhatTheBackwardReads) {
  const RecurrentDesc desc = layer(CLN_CELL_CONV_LSTM);
  const ImageGrid grid = grid_of(64, 5, 8), input = grid_of(64, 3, 8);
  constexpr std::size_t kImage = 64 * 8, kBatch = 2, kSteps = 3;
  const auto bytes = [&](Element element, bool halves, bool is_training) {
    return make_tape(desc, StepwisePlan(desc), {kBatch, grid, input, element, halves}, kSteps, 2, is_training)
        .bytes(true);
  };
  EXPECT_EQ(bytes(Element::kFloat32, false, true), kImage * kBatch * 4 * (3 + 4 + 4 + 4 * 3));
  EXPECT_EQ(bytes(Element::kBfloat16, false, true), kImage * kBatch * (2 * 3 + 2 * 4 + 4 * 4 + 4 * 4 * 3));
  EXPECT_EQ(bytes(Element::kBfloat16, true, true), kImage * kBatch * (2 * 3 + 2 * 4 + 4 * 4 + 2 * 4 * 3));
  EXPECT_EQ(bytes(Element::kFloat32, false, false), 0u);
}

TEST(StepwiseTapeTest, Inference_DoesNotGrowWithTheSteps) {
  const RecurrentDesc desc = layer(CLN_CELL_ST_LSTM);
  const StepwiseSizes sizes{2, grid_of(64, 5, 8), grid_of(64, 3, 8), Element::kFloat16, false};
  const StepwisePlan plan(desc);
  EXPECT_EQ(make_tape(desc, plan, sizes, 4, 4, false).bytes(false),
            make_tape(desc, plan, sizes, 400, 4, false).bytes(false));
}

}  // namespace
}  // namespace convlstm::cuda::test
