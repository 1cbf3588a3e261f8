#include "support/case.h"

#include <sstream>
#include <stdexcept>

#include "convlstm_native.h"

namespace convlstm::test {
namespace {

constexpr float number_of(int value) {
  return static_cast<float>(value);
}

#define CLN_NAMED(name, value) \
  {                            \
    name, {                    \
      number_of(value)         \
    }                          \
  }

constexpr KnobValue kCells[] = {
    CLN_NAMED("conv_lstm", CLN_CELL_CONV_LSTM), CLN_NAMED("conv_gru", CLN_CELL_CONV_GRU),
    CLN_NAMED("conv_gru_reset_after", CLN_CELL_CONV_GRU_RESET_AFTER), CLN_NAMED("st_lstm", CLN_CELL_ST_LSTM)};
constexpr KnobValue kRanks[] = {{"2", {2}}, {"1", {1}}, {"3", {3}}};
constexpr KnobValue kLayouts[] = {CLN_NAMED("ntchw", CLN_LAYOUT_NTCHW), CLN_NAMED("tnchw", CLN_LAYOUT_TNCHW),
                                  CLN_NAMED("nthwc", CLN_LAYOUT_NTHWC), CLN_NAMED("tnhwc", CLN_LAYOUT_TNHWC)};
constexpr KnobValue kOutputs[] = {CLN_NAMED("sequence", CLN_OUTPUT_SEQUENCE),
                                  CLN_NAMED("last", CLN_OUTPUT_LAST)};
constexpr KnobValue kPeepholes[] = {CLN_NAMED("none", CLN_PEEPHOLE_NONE),
                                    CLN_NAMED("per_channel", CLN_PEEPHOLE_PER_CHANNEL),
                                    CLN_NAMED("per_pixel", CLN_PEEPHOLE_PER_PIXEL)};
constexpr KnobValue kBiases[] = {CLN_NAMED("none", CLN_BIAS_NONE), CLN_NAMED("one", CLN_BIAS_ONE),
                                 CLN_NAMED("two", CLN_BIAS_TWO)};
constexpr KnobValue kForgetBiases[] = {{"0", {0}}, {"1", {1}}, {"-0.5", {-0.5f}}};
constexpr KnobValue kClips[] = {{"0", {0}}, {"0.4", {0.4f}}};
constexpr KnobValue kGates[] = {CLN_NAMED("sigmoid", CLN_GATE_ACTIVATION_SIGMOID),
                                CLN_NAMED("hard_keras2", CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2),
                                CLN_NAMED("hard_keras3", CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3)};
constexpr KnobValue kCellActivations[] = {
    CLN_NAMED("tanh", CLN_CELL_ACTIVATION_TANH), CLN_NAMED("relu", CLN_CELL_ACTIVATION_RELU),
    CLN_NAMED("sigmoid", CLN_CELL_ACTIVATION_SIGMOID), CLN_NAMED("linear", CLN_CELL_ACTIVATION_LINEAR)};
constexpr KnobValue kNormalizations[] = {CLN_NAMED("none", CLN_NORMALIZATION_NONE),
                                         CLN_NAMED("group", CLN_NORMALIZATION_GROUP),
                                         CLN_NAMED("layer", CLN_NORMALIZATION_LAYER)};
constexpr KnobValue kGroupChannels[] = {{"1", {1}}, {"2", {2}}, {"3", {3}}, {"4", {4}}, {"8", {8}}};
constexpr KnobValue kEpsilons[] = {{"1e-2", {1e-2f}}, {"1e-5", {1e-5f}}};
constexpr KnobValue kMasks[] = {CLN_NAMED("none", CLN_MASK_NONE), CLN_NAMED("repeat", CLN_MASK_REPEAT),
                                CLN_NAMED("zero", CLN_MASK_ZERO)};
constexpr KnobValue kMasksGiven[] = {{"none", {0}}, {"lengths", {1}}, {"steps", {2}}};
constexpr KnobValue kDirections[] = {CLN_NAMED("forward", CLN_DIRECTION_FORWARD),
                                     CLN_NAMED("reverse", CLN_DIRECTION_REVERSE),
                                     CLN_NAMED("bidirectional", CLN_DIRECTION_BIDIRECTIONAL)};
constexpr KnobValue kMerges[] = {CLN_NAMED("concat", CLN_MERGE_CONCAT), CLN_NAMED("sum", CLN_MERGE_SUM),
                                 CLN_NAMED("mul", CLN_MERGE_MUL), CLN_NAMED("average", CLN_MERGE_AVERAGE)};
constexpr KnobValue kLayerCounts[] = {{"1", {1}}, {"2", {2}}, {"3", {3}}};
constexpr KnobValue kStorages[] = {CLN_NAMED("float32", CLN_STORAGE_FLOAT32),
                                   CLN_NAMED("bfloat16", CLN_STORAGE_BFLOAT16)};
constexpr KnobValue kRates[] = {{"0", {0}}, {"0.4", {0.4f}}};
constexpr KnobValue kPaddings[] = {CLN_NAMED("same_tensorflow", CLN_PADDING_SAME_TENSORFLOW),
                                   CLN_NAMED("same_pytorch", CLN_PADDING_SAME_PYTORCH),
                                   CLN_NAMED("valid", CLN_PADDING_VALID),
                                   CLN_NAMED("explicit", CLN_PADDING_EXPLICIT)};
// Numbers of zeros before an image by dimension; those after it are the same ones from the last to the first.
constexpr KnobValue kPads[] = {
    {"0,0,0", {0, 0, 0}}, {"1,0,2", {1, 0, 2}}, {"2,3,1", {2, 3, 1}}, {"0,4,0", {0, 4, 0}}};
constexpr KnobValue kKernels[] = {{"1,1,1", {1, 1, 1}}, {"2,1,2", {2, 1, 2}}, {"1,3,1", {1, 3, 1}},
                                  {"3,3,3", {3, 3, 3}}, {"3,2,1", {3, 2, 1}}, {"4,3,2", {4, 3, 2}},
                                  {"5,5,3", {5, 5, 3}}, {"2,5,2", {2, 5, 2}}};
constexpr KnobValue kStrides[] = {
    {"1,1,1", {1, 1, 1}}, {"2,2,2", {2, 2, 2}}, {"2,1,3", {2, 1, 3}}, {"3,2,1", {3, 2, 1}}};
constexpr KnobValue kDilations[] = {
    {"1,1,1", {1, 1, 1}}, {"2,2,2", {2, 2, 2}}, {"2,1,3", {2, 1, 3}}, {"3,2,1", {3, 2, 1}}};
constexpr KnobValue kInputChannels[] = {{"1", {1}}, {"0", {0}}, {"2", {2}}, {"3", {3}}, {"5", {5}}};
constexpr KnobValue kHiddenChannels[] = {{"1", {1}}, {"2", {2}}, {"3", {3}},  {"4", {4}},
                                         {"6", {6}}, {"9", {9}}, {"17", {17}}};
constexpr KnobValue kCounts[] = {{"1", {1}}, {"2", {2}}, {"3", {3}}};
constexpr KnobValue kSizes[] = {{"1,1,1", {1, 1, 1}},   {"1,2,1", {1, 2, 1}},  {"2,2,2", {2, 2, 2}},
                                {"3,1,2", {3, 1, 2}},   {"3,4,2", {3, 4, 2}},  {"4,5,3", {4, 5, 3}},
                                {"8,2,3", {8, 2, 3}},   {"6,9,2", {6, 9, 2}},  {"9,7,2", {9, 7, 2}},
                                {"17,2,1", {17, 2, 1}}, {"2,33,1", {2, 33, 1}}};
constexpr KnobValue kStepCounts[] = {{"1", {1}}, {"2", {2}}, {"3", {3}}, {"4", {4}}, {"5", {5}}};
// By the steps that lack an input.
constexpr KnobValue kInputSteps[] = {{"all", {0}}, {"all_but_1", {1}}, {"all_but_2", {2}}, {"none", {99}}};
constexpr KnobValue kStates[] = {{"none", {0}}, {"given", {1}}};
constexpr KnobValue kGradients[] = {{"all", {0}}, {"no_dx", {1}}, {"no_dy", {2}}};
constexpr KnobValue kEvery[] = {{"0", {0}}, {"1", {1}}, {"2", {2}}, {"3", {3}}};
#if defined(__aarch64__)
constexpr KnobValue kInstructionSets[] = {{"baseline", {0}}, {"neon", {1}}};
#else
constexpr KnobValue kInstructionSets[] = {
    {"baseline", {0}}, {"avx2", {1}}, {"avx512", {2}}, {"avx512_bf16", {3}}};
#endif
static_assert(std::size(kInstructionSets) == kInstructionSetCount);

#undef CLN_NAMED

// In the order of Knob.
constexpr std::array<KnobInfo, kKnobCount> kKnobs = {{
    {"cell", kCells},
    {"rank", kRanks},
    {"layout", kLayouts},
    {"output", kOutputs},
    {"peephole", kPeepholes},
    {"bias", kBiases},
    {"forget_bias", kForgetBiases},
    {"clip", kClips},
    {"gate", kGates},
    {"activation", kCellActivations},
    {"normalization", kNormalizations},
    {"group_channels", kGroupChannels},
    {"epsilon", kEpsilons},
    {"mask", kMasks},
    {"mask_given", kMasksGiven},
    {"direction", kDirections},
    {"merge", kMerges},
    {"layers", kLayerCounts},
    {"storage", kStorages},
    {"input_dropout", kRates},
    {"recurrent_dropout", kRates},
    {"padding", kPaddings},
    {"pads", kPads},
    {"input_kernel", kKernels},
    {"stride", kStrides},
    {"dilation", kDilations},
    {"recurrent_kernel", kKernels},
    {"recurrent_dilation", kDilations},
    {"input_channels", kInputChannels},
    {"hidden_channels", kHiddenChannels},
    {"batch", kCounts},
    {"size", kSizes},
    {"steps", kStepCounts},
    {"input_steps", kInputSteps},
    {"state", kStates},
    {"gradients", kGradients},
    {"checkpoint", kEvery},
    {"truncate", kEvery},
    {"threads", kCounts},
    {"instruction_set", kInstructionSets},
}};

void set_from_text(Case& out, const std::string& name, const std::string& value) {
  for (std::size_t k = 0; k < kKnobCount; ++k) {
    if (kKnobs[k].name != name) continue;
    for (std::size_t v = 0; v < kKnobs[k].values.size(); ++v) {
      if (kKnobs[k].values[v].name != value) continue;
      out.place[k] = static_cast<std::uint8_t>(v);
      return;
    }
    throw std::invalid_argument("no value '" + value + "' of " + name);
  }
  throw std::invalid_argument("no knob '" + name + "'");
}

}  // namespace

const KnobInfo& info_of(Knob knob) {
  return kKnobs[static_cast<std::size_t>(knob)];
}

std::string to_text(const Case& tested) {
  std::ostringstream out;
  for_each_knob([&](Knob knob) {
    if (tested[knob] != 0) out << info_of(knob).name << '=' << tested.value(knob).name << ' ';
  });
  out << "seed=" << tested.seed;
  return out.str();
}

Case parse_case(const std::string& text) {
  Case out;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("expected knob=value, got '" + word + "'");
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "seed")
      out.seed = std::stoull(value);
    else
      set_from_text(out, name, value);
  }
  return out;
}

}  // namespace convlstm::test
