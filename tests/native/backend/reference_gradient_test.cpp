// The gradients of the oracle against central differences, in double: small layers, a knob or two at a time.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "support/reference_case.h"

namespace convlstm::test {
namespace {

RecurrentDesc small_layer(cln_cell cell, cln_normalization normalization) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.normalization = normalization;
  desc.norm_epsilon = 0.01f;
  desc.norm_group_channels = 2;
  desc.bias = CLN_BIAS_TWO;
  desc.input_channels = 1;
  desc.hidden_channels = 2;
  desc.input.kernel = desc.recurrent_kernel = {3, 3};
  if (cell == CLN_CELL_CONV_LSTM) desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  if (cell == CLN_CELL_CONV_LSTM || cell == CLN_CELL_ST_LSTM) desc.forget_bias = 0.5f;
  return desc;
}

// What a test does to a small layer before it becomes a case, and after.
struct Knob {
  const char* name;
  std::function<void(RecurrentDesc&, InputShape&)> set;
  std::function<void(Case&)> then = [](Case&) {};
};

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> all{
      {"plain", [](RecurrentDesc&, InputShape&) {}},
      {"mask repeats", [](RecurrentDesc& d, InputShape&) { d.mask = CLN_MASK_REPEAT; },
       [](Case& c) { add_mask(c, 3); }},
      {"mask gives zeros, last output",
       [](RecurrentDesc& d, InputShape&) { d.mask = CLN_MASK_ZERO, d.output = CLN_OUTPUT_LAST; },
       [](Case& c) { add_mask(c, 4); }},
      {"dropout", [](RecurrentDesc& d, InputShape&) { d.input_dropout = 0.3f, d.recurrent_dropout = 0.4f; },
       [](Case& c) {
         c.sequence.dropout = {true, 99};
       }},
      {"missing inputs", [](RecurrentDesc&, InputShape&) {},
       [](Case& c) {
         limit_input(c, {1, 2});
       }},
      {"no input channels", [](RecurrentDesc& d, InputShape&) { d.input_channels = 0; }},
      {"stride",
       [](RecurrentDesc& d, InputShape& s) {
         d.input.stride = {2, 3}, s.size = {5, 7};
       }},
      {"dilation, valid",
       [](RecurrentDesc& d, InputShape& s) {
         d.input.dilation = {2, 1}, d.recurrent_dilation = {1, 2};
         d.input.padding = CLN_PADDING_VALID, s.size = {6, 4};
       }},
      {"explicit padding",
       [](RecurrentDesc& d, InputShape&) {
         d.input.padding = CLN_PADDING_EXPLICIT, d.input.before = {0, 2, 0}, d.input.after = {3, 1, 0};
       }},
      {"even kernels, PyTorch's padding",
       [](RecurrentDesc& d, InputShape&) {
         d.input.kernel = {2, 4}, d.recurrent_kernel = {4, 2}, d.input.padding = CLN_PADDING_SAME_PYTORCH;
       }},
      {"rank 1",
       [](RecurrentDesc& d, InputShape& s) {
         d.input.kernel = {1, 3}, d.recurrent_kernel = {1, 5}, d.input.stride = {1, 2}, s.size = {1, 7};
       }},
      {"rank 3",
       [](RecurrentDesc& d, InputShape& s) {
         d.input.kernel = {2, 2, 3}, d.recurrent_kernel = {1, 2, 2}, d.input.stride = {1, 1, 2};
         s.size = {2, 2, 3};
       }},
      {"one pixel",
       [](RecurrentDesc&, InputShape& s) {
         s.size = {1, 1};
       }},
  };
  return all;
}

void check_knobs(cln_cell cell, const std::vector<cln_normalization>& normalizations) {
  for (const cln_normalization normalization : normalizations)
    for (const Knob& knob : knobs()) {
      SCOPED_TRACE(knob.name);
      RecurrentDesc desc = small_layer(cell, normalization);
      InputShape shape{2, {3, 4}};
      knob.set(desc, shape);
      Case c = make_case(7, desc, shape, 3);
      knob.then(c);
      check_gradients(c, 30);
      if (testing::Test::HasFatalFailure()) return;
    }
}

constexpr auto kNone = CLN_NORMALIZATION_NONE;
constexpr auto kGroup = CLN_NORMALIZATION_GROUP;
constexpr auto kLayer = CLN_NORMALIZATION_LAYER;

TEST(ReferenceGradient, ConvLstm_MatchesDifferences) {
  check_knobs(CLN_CELL_CONV_LSTM, {kNone, kGroup, kLayer});
}
TEST(ReferenceGradient, ConvGru_MatchesDifferences) {
  check_knobs(CLN_CELL_CONV_GRU, {kNone, kGroup, kLayer});
}
TEST(ReferenceGradient, ConvGruResetAfter_MatchesDifferences) {
  check_knobs(CLN_CELL_CONV_GRU_RESET_AFTER, {kNone, kLayer});
}
TEST(ReferenceGradient, StLstm_MatchesDifferences) {
  check_knobs(CLN_CELL_ST_LSTM, {kNone, kLayer});
}

TEST(ReferenceGradient, PlainCells_EveryElement_MatchesDifferences) {
  for (const cln_cell cell :
       {CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER, CLN_CELL_ST_LSTM}) {
    Case c = make_case(8, small_layer(cell, kLayer), {1, {2, 3}}, 2);
    check_gradients(c);
    if (HasFatalFailure()) return;
  }
}

TEST(ReferenceGradient, PeepholesPerPixel_MatchDifferences) {
  for (const cln_normalization normalization : {kNone, kGroup, kLayer}) {
    RecurrentDesc desc = small_layer(CLN_CELL_CONV_LSTM, normalization);
    desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
    desc.input.stride = {2, 1};
    Case c = make_case(9, desc, {2, {4, 3}}, 2);
    check_gradients(c);
    if (HasFatalFailure()) return;
  }
}

// The step of a difference is far smaller than the distance of these numbers from the kinks of the functions.
TEST(ReferenceGradient, EveryActivationAndClip_MatchesDifferences) {
  for (int cell = CLN_CELL_CONV_LSTM; cell <= CLN_CELL_ST_LSTM; ++cell)
    for (int gate = 0; gate <= CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3; ++gate)
      for (int activation = 0; activation <= CLN_CELL_ACTIVATION_LINEAR; ++activation)
        for (const float clip : {0.0f, 0.25f}) {
          if (clip > 0 && cell != CLN_CELL_CONV_LSTM) continue;
          RecurrentDesc desc = small_layer(static_cast<cln_cell>(cell), kNone);
          desc.gate_activation = static_cast<cln_gate_activation>(gate);
          desc.cell_activation = static_cast<cln_cell_activation>(activation);
          desc.cell_clip = clip;
          if (desc.forget_bias > 0)
            desc.forget_bias = 2.4f;  // hard forget gates are cut off in some places only
          Case c = make_case(10, desc, {1, {3, 3}}, 3);
          for (const std::size_t kernel : {kInputKernel, kRecurrentKernel})
            for (double& w : c.sequence.parameters[kernel]) w *= 2;
          check_gradients(c, 20);
          if (HasFatalFailure()) return;
        }
}

}  // namespace
}  // namespace convlstm::test
