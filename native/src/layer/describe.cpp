// Checks of the C descriptions: every field by itself, then the combinations that make no sense.
#include <cmath>

#include "core/checked.h"
#include "layer/description.h"

namespace convlstm {
namespace {

constexpr std::int64_t kLargestKernel = 63;
constexpr std::int64_t kLargestPadding = 4096;
constexpr std::int64_t kMostLayers = 64;

Size3 sizes(const char* name, const std::int32_t (&values)[3], std::int32_t rank, std::int64_t low,
            std::int64_t high) {
  std::int64_t wide[3]{};
  for (int i = 0; i < rank; ++i) {
    check_range(name, values[i], low, high);
    wide[i] = values[i];
  }
  Size3 size = size_of(wide, rank);
  if (rank < 3) size.d = low == 0 ? 0 : 1;
  if (rank < 2) size.h = low == 0 ? 0 : 1;
  return size;
}

std::int32_t check_rank(std::int32_t rank) {
  check_range("desc.rank", rank, 1, 3);
  return rank;
}

float check_finite(const char* name, float value) {
  if (!std::isfinite(value)) fail(CLN_NOT_FINITE, name, ": expected a finite number, got ", value);
  return value;
}

float check_rate(const char* name, float value) {
  check_finite(name, value);
  if (value < 0.0f || value >= 1.0f)
    fail(CLN_INVALID_ARGUMENT, name, ": expected a rate from 0 to below 1, got ", value);
  return value;
}

void check_reserved(const char* name, std::int64_t value) {
  if (value != 0) fail(CLN_INVALID_ARGUMENT, name, ": expected 0, got ", value);
}

bool is_above_one(const Size3& size) {
  return size.d > 1 || size.h > 1 || size.w > 1;
}

InputConvolution input_convolution(const cln_recurrent_desc& desc) {
  const std::int32_t rank = desc.rank;
  InputConvolution out;
  out.kernel = sizes("desc.input_kernel", desc.input_kernel, rank, 1, kLargestKernel);
  out.stride = sizes("desc.input_stride", desc.input_stride, rank, 1, kLargestKernel);
  out.dilation = sizes("desc.input_dilation", desc.input_dilation, rank, 1, kLargestKernel);
  if (is_above_one(out.stride) && is_above_one(out.dilation))
    fail(CLN_INVALID_ARGUMENT,
         "desc.input_stride: expected 1 where desc.input_dilation is above 1, since the two together would "
         "pass over "
         "input pixels, got both above 1");
  out.padding = check_enum("desc.padding", desc.padding, CLN_PADDING_EXPLICIT, "cln_padding");
  const std::int64_t most = out.padding == CLN_PADDING_EXPLICIT ? kLargestPadding : 0;
  out.before = sizes("desc.padding_before", desc.padding_before, rank, 0, most);
  out.after = sizes("desc.padding_after", desc.padding_after, rank, 0, most);
  return out;
}

const char* cell_name(cln_cell cell) {
  switch (cell) {
    case CLN_CELL_CONV_LSTM:
      return "CLN_CELL_CONV_LSTM";
    case CLN_CELL_CONV_GRU:
      return "CLN_CELL_CONV_GRU";
    case CLN_CELL_CONV_GRU_RESET_AFTER:
      return "CLN_CELL_CONV_GRU_RESET_AFTER";
    case CLN_CELL_ST_LSTM:
      break;
  }
  return "CLN_CELL_ST_LSTM";
}

void check_cell(const RecurrentDesc& desc) {
  const char* const cell = cell_name(desc.cell);
  const bool is_lstm = desc.cell == CLN_CELL_CONV_LSTM, is_st = desc.cell == CLN_CELL_ST_LSTM;
  if (desc.peephole != CLN_PEEPHOLE_NONE && !is_lstm)
    fail(CLN_INVALID_ARGUMENT, "desc.peephole: expected CLN_PEEPHOLE_NONE for ", cell, ", got ",
         static_cast<int>(desc.peephole));
  if (desc.cell_clip > 0 && !is_lstm)
    fail(CLN_INVALID_ARGUMENT, "desc.cell_clip: expected 0 for ", cell, ", got ", desc.cell_clip);
  if (desc.forget_bias != 0 && !is_lstm && !is_st)
    fail(CLN_INVALID_ARGUMENT, "desc.forget_bias: expected 0 for ", cell, ", which has no forget gate, got ",
         desc.forget_bias);
}

void check_normalization(const RecurrentDesc& desc) {
  if (desc.normalization != CLN_NORMALIZATION_GROUP) return;
  if (desc.cell == CLN_CELL_CONV_GRU_RESET_AFTER || desc.cell == CLN_CELL_ST_LSTM)
    fail(CLN_INVALID_ARGUMENT,
         "desc.normalization: expected CLN_NORMALIZATION_NONE or CLN_NORMALIZATION_LAYER for ",
         cell_name(desc.cell),
         ", whose gates are no joint sum of its convolutions, got CLN_NORMALIZATION_GROUP");
  // A ConvGRU normalizes F channels of n by themselves.
  const std::int64_t together =
      checked_product("desc.hidden_channels", {desc.cell == CLN_CELL_CONV_GRU ? 1 : 4, desc.hidden_channels});
  if (together % desc.norm_group_channels != 0)
    fail(CLN_INVALID_ARGUMENT, "desc.norm_group_channels: expected a divisor of the ", together,
         " channels that are normalized together, got ", desc.norm_group_channels);
}

void check_stack(const StackDesc& stack) {
  if (stack.is_bidirectional() && stack.zigzags())
    fail(CLN_INVALID_ARGUMENT,
         "desc.direction: expected one direction for a stack of CLN_CELL_ST_LSTM, whose memory runs through "
         "all layers "
         "step by step, got CLN_DIRECTION_BIDIRECTIONAL");
}

Size3 fixed_size(const cln_recurrent_desc& desc, bool is_needed) {
  for (int i = 0; i < desc.rank && !is_needed; ++i) {
    if (desc.fixed_size[i] != 0)
      fail(CLN_INVALID_ARGUMENT, "desc.fixed_size: expected 0 for a layer without parameters per pixel, got ",
           desc.fixed_size[i]);
  }
  return is_needed ? checked_size("desc.fixed_size", desc.fixed_size, desc.rank) : Size3{};
}

}  // namespace

LayerDescription describe(const cln_recurrent_desc& desc) {
  StackDesc out;
  RecurrentDesc& bottom = out.bottom;
  out.rank = check_rank(desc.rank);
  check_reserved("desc.reserved", desc.reserved);
  check_reserved("desc.reserved2", desc.reserved2);
  bottom.cell = check_enum("desc.cell", desc.cell, CLN_CELL_ST_LSTM, "cln_cell");
  out.layout = check_enum("desc.layout", desc.layout, CLN_LAYOUT_TNHWC, "cln_layout");
  bottom.output = check_enum("desc.output", desc.output, CLN_OUTPUT_LAST, "cln_output");
  bottom.peephole = check_enum("desc.peephole", desc.peephole, CLN_PEEPHOLE_PER_PIXEL, "cln_peephole");
  bottom.bias = check_enum("desc.bias", desc.bias, CLN_BIAS_TWO, "cln_bias");
  bottom.gate_activation = check_enum("desc.gate_activation", desc.gate_activation,
                                      CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3, "cln_gate_activation");
  bottom.cell_activation = check_enum("desc.cell_activation", desc.cell_activation,
                                      CLN_CELL_ACTIVATION_LINEAR, "cln_cell_activation");
  bottom.normalization =
      check_enum("desc.normalization", desc.normalization, CLN_NORMALIZATION_LAYER, "cln_normalization");
  bottom.mask = check_enum("desc.mask", desc.mask, CLN_MASK_ZERO, "cln_mask");
  out.direction = check_enum("desc.direction", desc.direction, CLN_DIRECTION_BIDIRECTIONAL, "cln_direction");
  out.merge = check_enum("desc.merge", desc.merge, CLN_MERGE_AVERAGE, "cln_merge");
  bottom.storage = check_enum("desc.storage", desc.storage, CLN_STORAGE_BFLOAT16, "cln_storage");
  check_range("desc.layers", desc.layers, 1, kMostLayers);
  out.layers = desc.layers;
  bottom.forget_bias = check_finite("desc.forget_bias", desc.forget_bias);
  bottom.cell_clip = check_finite("desc.cell_clip", desc.cell_clip);
  if (bottom.cell_clip < 0.0f)
    fail(CLN_INVALID_ARGUMENT, "desc.cell_clip: expected at least 0, got ", desc.cell_clip);
  bottom.norm_epsilon = check_finite("desc.norm_epsilon", desc.norm_epsilon);
  if (bottom.norm_epsilon <= 0.0f)
    fail(CLN_INVALID_ARGUMENT, "desc.norm_epsilon: expected above 0, got ", desc.norm_epsilon);
  bottom.input_dropout = check_rate("desc.input_dropout", desc.input_dropout);
  bottom.recurrent_dropout = check_rate("desc.recurrent_dropout", desc.recurrent_dropout);
  check_at_least("desc.input_channels", desc.input_channels, 0);
  check_at_least("desc.hidden_channels", desc.hidden_channels, 1);
  check_at_least("desc.norm_group_channels", desc.norm_group_channels, 1);
  bottom.input_channels = desc.input_channels;
  bottom.hidden_channels = desc.hidden_channels;
  bottom.norm_group_channels = desc.norm_group_channels;
  bottom.input = input_convolution(desc);
  bottom.recurrent_kernel =
      sizes("desc.recurrent_kernel", desc.recurrent_kernel, out.rank, 1, kLargestKernel);
  bottom.recurrent_dilation =
      sizes("desc.recurrent_dilation", desc.recurrent_dilation, out.rank, 1, kLargestKernel);
  check_cell(bottom);
  check_normalization(bottom);
  check_stack(out);
  out.fixed_size = fixed_size(desc, out.has_fixed_size());
  return out;
}

LayerDescription describe(const cln_conv_desc& desc) {
  ConvLayerDesc out;
  out.rank = check_rank(desc.rank);
  check_reserved("desc.reserved", desc.reserved);
  check_reserved("desc.reserved2", desc.reserved2);
  out.conv.bias = check_enum("desc.bias", desc.bias, CLN_BIAS_ONE, "cln_bias");
  check_at_least("desc.input_channels", desc.input_channels, 1);
  check_at_least("desc.output_channels", desc.output_channels, 1);
  out.conv.input_channels = desc.input_channels;
  out.conv.output_channels = desc.output_channels;
  out.conv.kernel = sizes("desc.kernel", desc.kernel, out.rank, 1, kLargestKernel);
  return out;
}

}  // namespace convlstm
