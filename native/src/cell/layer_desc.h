// What executors are made for: one cell over a grid, in one direction; or a convolution. The vocabulary that
// layers and executors share, after the C description has been checked.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "convlstm_native.h"

namespace convlstm {

// Sizes of a kernel, an image or a volume. Layers of rank 2 leave d at 1, layers of rank 1 h as well.
struct Size3 {
  std::int64_t h = 1;
  std::int64_t w = 1;
  std::int64_t d = 1;
  std::int64_t area() const { return d * h * w; }  // pixels (voxels) in all
  bool operator==(const Size3&) const = default;
};

// The input convolution. The recurrent ones have stride 1 and padding that keeps the sizes.
struct InputConvolution {
  Size3 kernel{3, 3};
  Size3 stride{1, 1};
  Size3 dilation{1, 1};
  cln_padding padding = CLN_PADDING_SAME_TENSORFLOW;
  Size3 before{0, 0, 0}, after{0, 0, 0};  // of CLN_PADDING_EXPLICIT
};

struct RecurrentDesc {
  cln_cell cell = CLN_CELL_CONV_LSTM;
  cln_output output = CLN_OUTPUT_SEQUENCE;
  cln_peephole peephole = CLN_PEEPHOLE_NONE;
  cln_bias bias = CLN_BIAS_ONE;
  float forget_bias = 0.0f;
  float cell_clip = 0.0f;  // 0: none
  cln_gate_activation gate_activation = CLN_GATE_ACTIVATION_SIGMOID;
  cln_cell_activation cell_activation = CLN_CELL_ACTIVATION_TANH;
  cln_normalization normalization = CLN_NORMALIZATION_NONE;
  std::int64_t norm_group_channels = 1;  // channels of a group of CLN_NORMALIZATION_GROUP
  float norm_epsilon = 1e-5f;
  cln_mask mask = CLN_MASK_NONE;
  float input_dropout = 0.0f;  // rates; a training forward drops, inference does not
  float recurrent_dropout = 0.0f;
  cln_storage storage = CLN_STORAGE_FLOAT32;
  std::int64_t input_channels = 0;  // 0: no input convolution
  std::int64_t hidden_channels = 1;
  InputConvolution input;
  Size3 recurrent_kernel{3, 3};
  Size3 recurrent_dilation{1, 1};
};

struct ConvDesc {
  cln_bias bias = CLN_BIAS_ONE;
  std::int64_t input_channels = 1;
  std::int64_t output_channels = 1;
  Size3 kernel{1, 1};
};

using LayerDesc = std::variant<RecurrentDesc, ConvDesc>;

// Places of the parameters in ParameterViews; a parameter that the description does not have is a null
// pointer.
enum RecurrentParameter : std::size_t {
  kInputKernel,
  kRecurrentKernel,
  kMemoryKernel,  // ST-LSTM: of m
  kOutputKernel,  // ST-LSTM: of [c, m] to o
  kMixingKernel,  // ST-LSTM: 1x1, of [c, m] to h
  kGateBias,
  kRecurrentBias,
  kPeephole,
  kNormScale,  // group normalization of the joint sum
  kNormShift,
  kInputNormScale,  // layer normalization of each convolution apart
  kInputNormShift,
  kRecurrentNormScale,
  kRecurrentNormShift,
  kMemoryNormScale,
  kMemoryNormShift,
  kOutputNormScale,
  kOutputNormShift,
  kRecurrentParameterCount
};
enum ConvParameter : std::size_t { kKernel, kBias };
inline constexpr std::size_t kMaxParameters = kRecurrentParameterCount;

// Places of the parts of a state: h; c of the LSTMs; m of the ST-LSTM.
enum StatePart : std::size_t { kHidden, kCell, kMemory };
inline constexpr std::size_t kMaxStateParts = 3;

}  // namespace convlstm
