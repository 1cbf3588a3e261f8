#include "layer/description.h"

#include <cmath>

#include "core/checked.h"

namespace convlstm {
namespace {

constexpr std::int64_t kLargestKernel = 63;

Size3 kernel_size(const char* name, const std::int32_t (&kernel)[3]) {
  for (int i = 0; i < kSpatialRank; ++i) check_range(name, kernel[i], 1, kLargestKernel);
  return {kernel[0], kernel[1]};
}

void check_rank(std::int32_t rank) {
  if (rank != kSpatialRank)
    fail(rank >= 1 && rank <= 3 ? CLN_UNSUPPORTED : CLN_INVALID_ARGUMENT, "desc.rank: expected ",
         kSpatialRank, ", got ", rank);
}

float check_finite(const char* name, float value) {
  if (!std::isfinite(value)) fail(CLN_NOT_FINITE, name, ": expected a finite number, got ", value);
  return value;
}

void check_reserved(const char* name, std::int32_t value) {
  if (value != 0) fail(CLN_INVALID_ARGUMENT, name, ": expected 0, got ", value);
}

}  // namespace

LayerDesc describe(const cln_recurrent_desc& desc) {
  check_rank(desc.rank);
  check_reserved("desc.reserved", desc.reserved);
  RecurrentDesc out;
  out.cell = check_enum("desc.cell", desc.cell, CLN_CELL_CONV_LSTM, "cln_cell");
  out.layout = check_enum("desc.layout", desc.layout, CLN_LAYOUT_TNHWC, "cln_layout");
  out.output = check_enum("desc.output", desc.output, CLN_OUTPUT_LAST, "cln_output");
  out.peephole = check_enum("desc.peephole", desc.peephole, CLN_PEEPHOLE_PER_CHANNEL, "cln_peephole");
  out.bias = check_enum("desc.bias", desc.bias, CLN_BIAS_TWO, "cln_bias");
  out.gate_activation = check_enum("desc.gate_activation", desc.gate_activation,
                                   CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3, "cln_gate_activation");
  out.cell_activation = check_enum("desc.cell_activation", desc.cell_activation, CLN_CELL_ACTIVATION_LINEAR,
                                   "cln_cell_activation");
  out.forget_bias = check_finite("desc.forget_bias", desc.forget_bias);
  out.cell_clip = check_finite("desc.cell_clip", desc.cell_clip);
  if (out.cell_clip < 0.0f)
    fail(CLN_INVALID_ARGUMENT, "desc.cell_clip: expected at least 0, got ", desc.cell_clip);
  check_at_least("desc.input_channels", desc.input_channels, 0);
  check_at_least("desc.hidden_channels", desc.hidden_channels, 1);
  out.input_channels = desc.input_channels;
  out.hidden_channels = desc.hidden_channels;
  out.input_kernel = kernel_size("desc.input_kernel", desc.input_kernel);
  out.recurrent_kernel = kernel_size("desc.recurrent_kernel", desc.recurrent_kernel);
  return out;
}

LayerDesc describe(const cln_conv_desc& desc) {
  check_rank(desc.rank);
  check_reserved("desc.reserved", desc.reserved);
  check_reserved("desc.reserved2", desc.reserved2);
  ConvDesc out;
  out.bias = check_enum("desc.bias", desc.bias, CLN_BIAS_ONE, "cln_bias");
  check_at_least("desc.input_channels", desc.input_channels, 1);
  check_at_least("desc.output_channels", desc.output_channels, 1);
  out.input_channels = desc.input_channels;
  out.output_channels = desc.output_channels;
  out.kernel = kernel_size("desc.kernel", desc.kernel);
  return out;
}

std::int64_t input_channels(const LayerDesc& desc) {
  return std::visit([](const auto& d) { return d.input_channels; }, desc);
}

std::int64_t output_channels(const LayerDesc& desc) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc)) return recurrent->hidden_channels;
  return std::get<ConvDesc>(desc).output_channels;
}

}  // namespace convlstm
