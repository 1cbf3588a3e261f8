#include "cell/layer_text.h"

#include <charconv>
#include <span>
#include <utility>

namespace convlstm {
namespace {

constexpr const char* kCells[]{"conv_lstm", "conv_gru", "conv_gru_reset_after", "st_lstm"};
constexpr const char* kOutputs[]{"sequence", "last"};
constexpr const char* kPeepholes[]{"none", "per_channel", "per_pixel"};
constexpr const char* kBiases[]{"none", "one", "two"};
constexpr const char* kGates[]{"sigmoid", "hard_sigmoid_keras2", "hard_sigmoid_keras3"};
constexpr const char* kCellActivations[]{"tanh", "relu", "sigmoid", "linear"};
constexpr const char* kNormalizations[]{"none", "group", "layer"};
constexpr const char* kMasks[]{"none", "repeat", "zero"};
constexpr const char* kStorages[]{"float32", "bfloat16"};
constexpr const char* kPaddings[]{"same_tensorflow", "same_pytorch", "valid", "explicit"};

class Line {
 public:
  explicit Line(const char* kind) : text_(kind) {}

  void add(const char* name, const std::string& value) { ((text_ += ' ') += name) += '=' + value; }
  void add(const char* name, std::int64_t value) { add(name, std::to_string(value)); }

  template <typename Enum>
  void add(const char* name, Enum value, Enum usual, std::span<const char* const> words) {
    if (value != usual) add(name, std::string(words[static_cast<std::size_t>(value)]));
  }
  void add(const char* name, const Size3& value, const Size3& usual) {
    if (value != usual) add(name, text_of(value));
  }
  void add_zeros(const char* name, const Size3& sides) {
    if (sides != Size3{0, 0, 0})
      add(name, std::to_string(sides.d) + ',' + std::to_string(sides.h) + ',' + std::to_string(sides.w));
  }
  // The shortest text that no other float has.
  void add(const char* name, float value, float usual) {
    if (value == usual) return;
    char digits[32];
    add(name, std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr));
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string text_of_cell(const RecurrentDesc& desc) {
  const RecurrentDesc usual;
  Line line(kCells[desc.cell]);
  line.add("input", desc.input_channels);
  line.add("hidden", desc.hidden_channels);
  if (desc.input_channels > 0) {
    line.add("input_kernel", text_of(desc.input.kernel));
    line.add("input_stride", desc.input.stride, Size3{});
    line.add("input_dilation", desc.input.dilation, Size3{});
    line.add("padding", desc.input.padding, usual.input.padding, kPaddings);
    line.add_zeros("padding_before", desc.input.before);
    line.add_zeros("padding_after", desc.input.after);
  }
  line.add("recurrent_kernel", text_of(desc.recurrent_kernel));
  line.add("recurrent_dilation", desc.recurrent_dilation, Size3{});
  line.add("output", desc.output, usual.output, kOutputs);
  line.add("peephole", desc.peephole, usual.peephole, kPeepholes);
  line.add("bias", desc.bias, usual.bias, kBiases);
  line.add("forget_bias", desc.forget_bias, usual.forget_bias);
  line.add("cell_clip", desc.cell_clip, usual.cell_clip);
  line.add("gate_activation", desc.gate_activation, usual.gate_activation, kGates);
  line.add("cell_activation", desc.cell_activation, usual.cell_activation, kCellActivations);
  line.add("normalization", desc.normalization, usual.normalization, kNormalizations);
  if (desc.normalization == CLN_NORMALIZATION_GROUP) line.add("group_channels", desc.norm_group_channels);
  if (desc.normalization != CLN_NORMALIZATION_NONE)
    line.add("epsilon", desc.norm_epsilon, usual.norm_epsilon);
  line.add("mask", desc.mask, usual.mask, kMasks);
  line.add("input_dropout", desc.input_dropout, usual.input_dropout);
  line.add("recurrent_dropout", desc.recurrent_dropout, usual.recurrent_dropout);
  line.add("storage", desc.storage, usual.storage, kStorages);
  return std::move(line).text();
}

std::string text_of_convolution(const ConvDesc& desc) {
  Line line("convolution");
  line.add("input", desc.input_channels);
  line.add("output", desc.output_channels);
  line.add("kernel", text_of(desc.kernel));
  line.add("bias", desc.bias, ConvDesc{}.bias, kBiases);
  return std::move(line).text();
}

}  // namespace

std::string text_of(const Size3& size) {
  const std::string plane = std::to_string(size.h) + 'x' + std::to_string(size.w);
  return size.d > 1 ? std::to_string(size.d) + 'x' + plane : plane;
}

std::string text_of(const LayerDesc& desc) {
  if (const auto* cell = std::get_if<RecurrentDesc>(&desc)) return text_of_cell(*cell);
  return text_of_convolution(std::get<ConvDesc>(desc));
}

}  // namespace convlstm
