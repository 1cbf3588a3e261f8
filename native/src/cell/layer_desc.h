// What a layer is, after its C description has been checked: the vocabulary that layers and executors share.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "convlstm_native.h"

namespace convlstm {

// Sizes (H, W) of a kernel or an image.
struct Size2 {
  std::int64_t h = 1;
  std::int64_t w = 1;
  std::int64_t area() const { return h * w; }
  bool operator==(const Size2&) const = default;
};

struct RecurrentDesc {
  cln_cell cell = CLN_CELL_CONV_LSTM;
  cln_layout layout = CLN_LAYOUT_NTCHW;
  cln_output output = CLN_OUTPUT_SEQUENCE;
  cln_peephole peephole = CLN_PEEPHOLE_NONE;
  cln_bias bias = CLN_BIAS_ONE;
  float forget_bias = 0.0f;
  float cell_clip = 0.0f;  // 0: none
  cln_gate_activation gate_activation = CLN_GATE_ACTIVATION_SIGMOID;
  cln_cell_activation cell_activation = CLN_CELL_ACTIVATION_TANH;
  std::int64_t input_channels = 0;  // 0: no input convolution
  std::int64_t hidden_channels = 1;
  Size2 input_kernel{3, 3};
  Size2 recurrent_kernel{3, 3};
};

struct ConvDesc {
  cln_bias bias = CLN_BIAS_ONE;
  std::int64_t input_channels = 1;
  std::int64_t output_channels = 1;
  Size2 kernel{1, 1};
};

using LayerDesc = std::variant<RecurrentDesc, ConvDesc>;

// Places of the parameters in ParameterViews; a parameter that the description does not have is a null
// pointer.
enum RecurrentParameter : std::size_t {
  kInputKernel,
  kRecurrentKernel,
  kGateBias,
  kPeephole,
  kRecurrentBias
};
enum ConvParameter : std::size_t { kKernel, kBias };
inline constexpr std::size_t kMaxParameters = 5;

// Places of the parts of a ConvLSTM's state.
enum ConvLstmState : std::size_t { kHidden, kCell };
inline constexpr std::size_t kMaxStateParts = 2;

}  // namespace convlstm
