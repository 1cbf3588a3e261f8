#include "layer/description.h"

#include "support/expect_error.h"

namespace convlstm::test {
namespace {

// A field that is not the default in as many places as can be.
cln_recurrent_desc valid() {
  cln_recurrent_desc desc{};
  desc.struct_size = sizeof desc;
  desc.cell = CLN_CELL_CONV_LSTM;
  desc.rank = 2;
  desc.layout = CLN_LAYOUT_TNHWC;
  desc.output = CLN_OUTPUT_LAST;
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  desc.bias = CLN_BIAS_NONE;
  desc.forget_bias = 0.25f;
  desc.cell_clip = 2.5f;
  desc.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3;
  desc.cell_activation = CLN_CELL_ACTIVATION_LINEAR;
  desc.normalization = CLN_NORMALIZATION_GROUP;
  desc.norm_epsilon = 0.5f;
  desc.mask = CLN_MASK_ZERO;
  desc.direction = CLN_DIRECTION_BIDIRECTIONAL;
  desc.merge = CLN_MERGE_AVERAGE;
  desc.layers = 3;
  desc.storage = CLN_STORAGE_BFLOAT16;
  desc.input_dropout = 0.1f;
  desc.recurrent_dropout = 0.2f;
  desc.padding = CLN_PADDING_EXPLICIT;
  desc.input_channels = 3;
  desc.hidden_channels = 7;
  desc.norm_group_channels = 14;
  const std::int64_t fixed[3] = {6, 8, -9};
  const std::int32_t input[3] = {5, 4, -9}, stride[3] = {2, 3, -9}, before[3] = {1, 0, -9},
                     after[3] = {0, 2, -9};
  const std::int32_t recurrent[3] = {1, 63, -9}, dilation[3] = {1, 4, -9};
  for (int i = 0; i < 3; ++i) {
    desc.fixed_size[i] = fixed[i];
    desc.input_kernel[i] = input[i];
    desc.input_stride[i] = stride[i];
    desc.input_dilation[i] = 1;
    desc.padding_before[i] = before[i];
    desc.padding_after[i] = after[i];
    desc.recurrent_kernel[i] = recurrent[i];
    desc.recurrent_dilation[i] = dilation[i];
  }
  return desc;
}

TEST(Description, OfARecurrentLayer_KeepsEveryField) {
  const auto stack = std::get<StackDesc>(describe(valid()));
  const RecurrentDesc& desc = stack.bottom;
  EXPECT_EQ(stack.rank, 2);
  EXPECT_EQ(stack.layout, CLN_LAYOUT_TNHWC);
  EXPECT_EQ(stack.direction, CLN_DIRECTION_BIDIRECTIONAL);
  EXPECT_EQ(stack.merge, CLN_MERGE_AVERAGE);
  EXPECT_EQ(stack.layers, 3);
  EXPECT_EQ(stack.fixed_size, (Size3{6, 8}));
  EXPECT_EQ(desc.output, CLN_OUTPUT_LAST);
  EXPECT_EQ(desc.peephole, CLN_PEEPHOLE_PER_PIXEL);
  EXPECT_EQ(desc.bias, CLN_BIAS_NONE);
  EXPECT_EQ(desc.forget_bias, 0.25f);
  EXPECT_EQ(desc.cell_clip, 2.5f);
  EXPECT_EQ(desc.gate_activation, CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3);
  EXPECT_EQ(desc.cell_activation, CLN_CELL_ACTIVATION_LINEAR);
  EXPECT_EQ(desc.normalization, CLN_NORMALIZATION_GROUP);
  EXPECT_EQ(desc.norm_group_channels, 14);
  EXPECT_EQ(desc.norm_epsilon, 0.5f);
  EXPECT_EQ(desc.mask, CLN_MASK_ZERO);
  EXPECT_EQ(desc.storage, CLN_STORAGE_BFLOAT16);
  EXPECT_EQ(desc.input_dropout, 0.1f);
  EXPECT_EQ(desc.recurrent_dropout, 0.2f);
  EXPECT_EQ(desc.input_channels, 3);
  EXPECT_EQ(desc.hidden_channels, 7);
  EXPECT_EQ(desc.input.kernel, (Size3{5, 4}));
  EXPECT_EQ(desc.input.stride, (Size3{2, 3}));
  EXPECT_EQ(desc.input.padding, CLN_PADDING_EXPLICIT);
  EXPECT_EQ(desc.input.before, (Size3{1, 0, 0}));
  EXPECT_EQ(desc.input.after, (Size3{0, 2, 0}));
  EXPECT_EQ(desc.recurrent_kernel, (Size3{1, 63}));
  EXPECT_EQ(desc.recurrent_dilation, (Size3{1, 4}));
  EXPECT_EQ(input_channels(stack), 3);
  EXPECT_EQ(output_channels(stack), 7) << "an average has the channels of one direction";
}

TEST(Description, OfEveryRank_HasItsSizesAtTheEnd) {
  cln_recurrent_desc desc = valid();
  desc.rank = 3;
  desc.recurrent_kernel[2] = desc.input_kernel[2] = desc.input_stride[2] = desc.recurrent_dilation[2] = 2;
  desc.padding_before[2] = desc.padding_after[2] = 0;
  desc.fixed_size[2] = 9;
  auto stack = std::get<StackDesc>(describe(desc));
  EXPECT_EQ(stack.bottom.recurrent_kernel, (Size3{63, 2, 1}));
  EXPECT_EQ(stack.fixed_size, (Size3{8, 9, 6}));
  desc.rank = 1;
  stack = std::get<StackDesc>(describe(desc));
  EXPECT_EQ(stack.bottom.input.kernel, (Size3{1, 5}));
  EXPECT_EQ(stack.bottom.input.before, (Size3{0, 1, 0}));
}

TEST(Description, OfAStack_TellsItsCellsApart) {
  const auto stack = std::get<StackDesc>(describe(valid()));
  ASSERT_EQ(stack.cells(), 6);
  EXPECT_EQ(stack.cell(1).output, CLN_OUTPUT_SEQUENCE);
  EXPECT_EQ(stack.cell(4).output, CLN_OUTPUT_LAST);
  EXPECT_EQ(stack.cell(1).input_channels, 3);
  EXPECT_EQ(stack.cell(2).input_channels, 7);
  EXPECT_EQ(stack.cell(2).input.stride, (Size3{1, 1}));
  EXPECT_EQ(stack.cell(2).input.kernel, (Size3{5, 4}));
  EXPECT_EQ(stack.state_parts(), 12);
  EXPECT_EQ(stack.state_part(3, kCell), 7);
}

TEST(Description, OfAnStLstmStack_HasOneMemory) {
  StackDesc stack;
  stack.bottom.cell = CLN_CELL_ST_LSTM;
  EXPECT_EQ(stack.state_parts(), 3);
  stack.layers = 3;
  EXPECT_EQ(stack.state_parts(), 7);
  EXPECT_EQ(stack.state_part(2, kHidden), 4);
  EXPECT_EQ(stack.state_part(0, kMemory), 6);
  EXPECT_EQ(stack.state_part(2, kMemory), 6);
}

TEST(Description, OfAConvolution_KeepsEveryField) {
  const cln_conv_desc c{sizeof c, 2, CLN_BIAS_NONE, 0, 4, 9, {3, 2, -9}, 0};
  const auto desc = std::get<ConvLayerDesc>(describe(c));
  EXPECT_EQ(desc.conv.bias, CLN_BIAS_NONE);
  EXPECT_EQ(desc.conv.kernel, (Size3{3, 2}));
  EXPECT_EQ(input_channels(desc), 4);
  EXPECT_EQ(output_channels(desc), 9);
}

template <typename Change>
void expect_refused(const char* message, const Change& change) {
  cln_recurrent_desc desc = valid();
  change(desc);
  expect_error(CLN_INVALID_ARGUMENT, message, [&] { describe(desc); });
}

TEST(Description, OutOfRange_IsRefusedByTheNameOfTheField) {
  expect_refused("desc.recurrent_kernel: expected 1 to 63, got 64",
                 [](auto& d) { d.recurrent_kernel[1] = 64; });
  expect_refused("desc.peephole: expected a value of cln_peephole, 0 to 2, got 3",
                 [](auto& d) { d.peephole = 3; });
  expect_refused("desc.rank: expected 1 to 3, got 4", [](auto& d) { d.rank = 4; });
  expect_refused("desc.layers: expected 1 to 64, got 0", [](auto& d) { d.layers = 0; });
  expect_refused("desc.input_dropout: expected a rate from 0 to below 1, got 1",
                 [](auto& d) { d.input_dropout = 1; });
  expect_refused("desc.norm_epsilon: expected above 0, got 0", [](auto& d) { d.norm_epsilon = 0; });
  expect_refused("desc.padding_after: expected 0 to 4096, got -1", [](auto& d) { d.padding_after[0] = -1; });
  expect_refused("desc.fixed_size[0]: expected at least 1, got 0", [](auto& d) { d.fixed_size[0] = 0; });
  expect_refused("desc.merge: expected a value of cln_merge, 0 to 3, got 4", [](auto& d) { d.merge = 4; });
}

TEST(Description, OfWhatMakesNoSense_IsRefusedWithTheReason) {
  expect_refused("desc.input_stride: expected 1 where desc.input_dilation is above 1",
                 [](auto& d) { d.input_dilation[1] = 2; });
  expect_refused("desc.padding_before: expected 0 to 0, got 1",
                 [](auto& d) { d.padding = CLN_PADDING_VALID; });
  expect_refused("desc.peephole: expected CLN_PEEPHOLE_NONE for CLN_CELL_CONV_GRU",
                 [](auto& d) { d.cell = CLN_CELL_CONV_GRU; });
  const auto plain = [](auto& d) {
    d.peephole = CLN_PEEPHOLE_NONE;
    d.cell_clip = 0;
    d.forget_bias = 0;
    d.fixed_size[0] = d.fixed_size[1] = 0;
  };
  expect_refused("desc.cell_clip: expected 0 for CLN_CELL_ST_LSTM", [&](auto& d) {
    plain(d);
    d.cell = CLN_CELL_ST_LSTM;
    d.cell_clip = 1;
  });
  expect_refused("desc.forget_bias: expected 0 for CLN_CELL_CONV_GRU, which has no forget gate",
                 [&](auto& d) {
                   plain(d);
                   d.cell = CLN_CELL_CONV_GRU;
                   d.forget_bias = 1;
                 });
  expect_refused("desc.normalization: expected CLN_NORMALIZATION_NONE or CLN_NORMALIZATION_LAYER",
                 [&](auto& d) {
                   plain(d);
                   d.cell = CLN_CELL_CONV_GRU_RESET_AFTER;
                 });
  expect_refused("desc.norm_group_channels: expected a divisor of the 7 channels", [&](auto& d) {
    plain(d);
    d.cell = CLN_CELL_CONV_GRU;
  });
  expect_refused("desc.direction: expected one direction for a stack of CLN_CELL_ST_LSTM", [&](auto& d) {
    plain(d);
    d.cell = CLN_CELL_ST_LSTM;
    d.normalization = CLN_NORMALIZATION_NONE;
  });
  expect_refused("desc.fixed_size: expected 0 for a layer without parameters per pixel, got 6",
                 [](auto& d) { d.peephole = CLN_PEEPHOLE_NONE; });
}

TEST(Parameters, OfAStack_SayTheirNamesAndPlaces) {
  const auto list = list_parameters(describe(valid()));
  ASSERT_EQ(list.size(), 6u * 5u);  // two kernels, peephole, scale and shift
  EXPECT_EQ(list[0].shape.name, "layers.0.forward.input_kernel");
  EXPECT_EQ(list[5 + 1].shape.name, "layers.0.reverse.recurrent_kernel");
  EXPECT_EQ(list[29].shape.name, "layers.2.reverse.norm_shift");
  EXPECT_EQ(list[29].cell, 5u);
  EXPECT_EQ(list[29].shape.place, kNormShift);
  EXPECT_EQ(list[1].shape.dims, (std::vector<std::int64_t>{28, 7, 1, 63}));
  EXPECT_EQ(list[1].shape.count, 28 * 7 * 63);
  EXPECT_EQ(list[2].shape.dims, (std::vector<std::int64_t>{3, 7, 6, 8}));
  EXPECT_EQ(list[1].shape.role, ParameterShape::Role::kernel);
  EXPECT_EQ(list[2].shape.role, ParameterShape::Role::other);
}

TEST(Parameters, OfAnStLstm_AreThoseOfItsFiveConvolutions) {
  StackDesc desc;
  desc.bottom.cell = CLN_CELL_ST_LSTM;
  desc.bottom.input_channels = 3;
  desc.bottom.hidden_channels = 2;
  desc.bottom.normalization = CLN_NORMALIZATION_LAYER;
  desc.fixed_size = {4, 5};
  std::vector<std::string> names;
  for (const LayerParameter& parameter : list_parameters(desc)) names.push_back(parameter.shape.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"input_kernel", "recurrent_kernel", "memory_kernel", "output_kernel",
                                      "mixing_kernel", "bias", "input_norm_scale", "input_norm_shift",
                                      "recurrent_norm_scale", "recurrent_norm_shift", "memory_norm_scale",
                                      "memory_norm_shift", "output_norm_scale", "output_norm_shift"}));
}

}  // namespace
}  // namespace convlstm::test
