#include "cell/layer_text.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace convlstm::test {
namespace {

TEST(LayerText, OfADefaultLayer_HasChannelsAndKernels) {
  RecurrentDesc desc;
  desc.input_channels = 3;
  desc.hidden_channels = 64;
  desc.recurrent_kernel = {5, 3};
  EXPECT_EQ(text_of(LayerDesc(desc)), "conv_lstm input=3 hidden=64 input_kernel=3x3 recurrent_kernel=5x3");
  desc.input_dropout = 0.2f;
  desc.input.before = {1, 2, 0};
  EXPECT_EQ(text_of(LayerDesc(desc)),
            "conv_lstm input=3 hidden=64 input_kernel=3x3 padding_before=0,1,2 recurrent_kernel=5x3 "
            "input_dropout=0.2");
  EXPECT_EQ(text_of(LayerDesc(ConvDesc{CLN_BIAS_NONE, 2, 3, {1, 3, 5}})),
            "convolution input=2 output=3 kernel=5x1x3 bias=none");
}

TEST(LayerText, OfLayersThatDiffer_Differs) {
  const std::function<void(RecurrentDesc&)> changes[] = {
      [](auto&) {},
      [](auto& d) { d.cell = CLN_CELL_CONV_GRU; },
      [](auto& d) { d.cell = CLN_CELL_CONV_GRU_RESET_AFTER; },
      [](auto& d) { d.cell = CLN_CELL_ST_LSTM; },
      [](auto& d) { d.output = CLN_OUTPUT_LAST; },
      [](auto& d) { d.peephole = CLN_PEEPHOLE_PER_PIXEL; },
      [](auto& d) { d.bias = CLN_BIAS_TWO; },
      [](auto& d) { d.forget_bias = 1; },
      [](auto& d) { d.forget_bias = 1.00000012f; },
      [](auto& d) { d.cell_clip = 1; },
      [](auto& d) { d.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3; },
      [](auto& d) { d.cell_activation = CLN_CELL_ACTIVATION_LINEAR; },
      [](auto& d) { d.normalization = CLN_NORMALIZATION_GROUP; },
      [](auto& d) {
        d.normalization = CLN_NORMALIZATION_GROUP;
        d.norm_group_channels = 4;
      },
      [](auto& d) { d.normalization = CLN_NORMALIZATION_LAYER; },
      [](auto& d) {
        d.normalization = CLN_NORMALIZATION_LAYER;
        d.norm_epsilon = 1e-3f;
      },
      [](auto& d) { d.mask = CLN_MASK_ZERO; },
      [](auto& d) { d.input_dropout = 0.5f; },
      [](auto& d) { d.recurrent_dropout = 0.5f; },
      [](auto& d) { d.storage = CLN_STORAGE_BFLOAT16; },
      [](auto& d) { d.input_channels = 0; },
      [](auto& d) { d.hidden_channels = 9; },
      [](auto& d) {
        d.input.kernel = {3, 5};
      },
      [](auto& d) {
        d.input.kernel = {3, 3, 3};
      },
      [](auto& d) {
        d.input.stride = {2, 1};
      },
      [](auto& d) {
        d.input.dilation = {2, 1};
      },
      [](auto& d) { d.input.padding = CLN_PADDING_VALID; },
      [](auto& d) { d.input.padding = CLN_PADDING_EXPLICIT; },
      [](auto& d) {
        d.input.before = {1, 0, 0};
      },
      [](auto& d) {
        d.input.before = {0, 0, 1};
      },
      [](auto& d) {
        d.input.after = {0, 1, 0};
      },
      [](auto& d) {
        d.recurrent_kernel = {1, 1};
      },
      [](auto& d) {
        d.recurrent_dilation = {1, 2};
      },
  };
  std::set<std::string> texts;
  for (const auto& change : changes) {
    RecurrentDesc desc;
    desc.input_channels = 8;
    desc.hidden_channels = 8;
    change(desc);
    const std::string text = text_of(LayerDesc(desc));
    EXPECT_EQ(text.find_first_of("\t\n"), std::string::npos) << text;
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
}

}  // namespace
}  // namespace convlstm::test
