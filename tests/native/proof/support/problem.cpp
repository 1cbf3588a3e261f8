#include "support/problem.h"

#include <algorithm>

namespace convlstm::test {
namespace {

// The header's rules of padding, by dimension.
std::int64_t output_size(const cln_recurrent_desc& desc, std::size_t k, std::int64_t n) {
  const std::int64_t stride = desc.input_stride[k];
  const std::int64_t reach = (desc.input_kernel[k] - 1) * static_cast<std::int64_t>(desc.input_dilation[k]);
  std::int64_t pads = 0;
  switch (desc.padding) {
    case CLN_PADDING_SAME_TENSORFLOW:
    case CLN_PADDING_SAME_PYTORCH:
      return (n + stride - 1) / stride;
    case CLN_PADDING_EXPLICIT:
      pads = desc.padding_before[k] + desc.padding_after[k];
      break;
    default:
      break;
  }
  const std::int64_t room = n + pads - reach - 1;
  return room < 0 ? 0 : room / stride + 1;
}

void set_convolutions(const Case& tested, cln_recurrent_desc& desc) {
  const std::size_t rank = static_cast<std::size_t>(desc.rank);
  const bool is_explicit = desc.padding == CLN_PADDING_EXPLICIT;
  for (std::size_t k = 0; k < rank; ++k) {
    desc.input_kernel[k] = tested.integer(Knob::kInputKernel, k);
    desc.input_stride[k] = tested.integer(Knob::kStride, k);
    desc.input_dilation[k] = tested.integer(Knob::kDilation, k);
    desc.recurrent_kernel[k] = tested.integer(Knob::kRecurrentKernel, k);
    desc.recurrent_dilation[k] = tested.integer(Knob::kRecurrentDilation, k);
    desc.padding_before[k] = is_explicit ? tested.integer(Knob::kPads, k) : 0;
    desc.padding_after[k] = is_explicit ? tested.integer(Knob::kPads, rank - 1 - k) : 0;
  }
}

// Rows of all kernels over an input, over h, and over the rest, by F.
double rows_over_input(const cln_recurrent_desc& desc) {
  return desc.cell == CLN_CELL_CONV_LSTM ? 4 : desc.cell == CLN_CELL_ST_LSTM ? 7 : 3;
}
double rows_over_states(const cln_recurrent_desc& desc) {
  return desc.cell == CLN_CELL_CONV_LSTM ? 4 : desc.cell == CLN_CELL_ST_LSTM ? 9 : 3;
}

}  // namespace

std::int64_t product(const Sizes& sizes) {
  return sizes[0] * sizes[1] * sizes[2];
}

std::int64_t Problem::output_channels() const {
  return desc.hidden_channels * (directions() == 2 && desc.merge == CLN_MERGE_CONCAT ? 2 : 1);
}

std::int64_t Problem::x_step() const {
  return desc.input_channels * product(size);
}

std::int64_t Problem::y_step() const {
  return output_channels() * product(grid);
}

std::int64_t Problem::part_count() const {
  return batch * desc.hidden_channels * product(grid);
}

double Problem::cost() const {
  double input_kernel = 1, recurrent_kernel = 1;
  for (int k = 0; k < desc.rank; ++k) {
    input_kernel *= desc.input_kernel[k];
    recurrent_kernel *= desc.recurrent_kernel[k];
  }
  const double hidden = static_cast<double>(desc.hidden_channels);
  const double gates = rows_over_input(desc) * hidden;
  const double state = rows_over_states(desc) * hidden * hidden * recurrent_kernel;
  const double first = gates * static_cast<double>(desc.input_channels) * input_kernel;
  const double above = gates * static_cast<double>(output_channels()) * input_kernel;
  const double pixels = static_cast<double>(batch * steps * directions() * product(grid));
  return pixels * (first + above * (desc.layers - 1) + state * desc.layers);
}

Problem problem_of(const Case& tested) {
  Problem out;
  cln_recurrent_desc& desc = out.desc;
  cln_recurrent_desc_init(&desc);
  desc.cell = tested.integer(Knob::kCell);
  desc.rank = tested.integer(Knob::kRank);
  desc.layout = tested.integer(Knob::kLayout);
  desc.output = tested.integer(Knob::kOutput);
  desc.peephole = tested.integer(Knob::kPeephole);
  desc.bias = tested.integer(Knob::kBias);
  desc.forget_bias = tested.number(Knob::kForgetBias);
  desc.cell_clip = tested.number(Knob::kClip);
  desc.gate_activation = tested.integer(Knob::kGateActivation);
  desc.cell_activation = tested.integer(Knob::kCellActivation);
  desc.normalization = tested.integer(Knob::kNormalization);
  desc.norm_group_channels = tested.integer(Knob::kGroupChannels);
  desc.norm_epsilon = tested.number(Knob::kEpsilon);
  desc.mask = tested.integer(Knob::kMask);
  desc.direction = tested.integer(Knob::kDirection);
  desc.merge = tested.integer(Knob::kMerge);
  desc.layers = tested.integer(Knob::kLayers);
  desc.storage = tested.integer(Knob::kStorage);
  desc.input_dropout = tested.number(Knob::kInputDropout);
  desc.recurrent_dropout = tested.number(Knob::kRecurrentDropout);
  desc.padding = tested.integer(Knob::kPadding);
  desc.input_channels = tested.integer(Knob::kInputChannels);
  desc.hidden_channels = tested.integer(Knob::kHiddenChannels);
  set_convolutions(tested, desc);

  out.batch = tested.integer(Knob::kBatch);
  out.steps = tested.integer(Knob::kSteps);
  out.input_steps = std::max<std::int64_t>(out.steps - tested.integer(Knob::kInputSteps), 0);
  const bool per_pixel =
      desc.peephole == CLN_PEEPHOLE_PER_PIXEL || desc.normalization == CLN_NORMALIZATION_LAYER;
  for (std::size_t k = 0; k < static_cast<std::size_t>(desc.rank); ++k) {
    out.size[k] = tested.integer(Knob::kSize, k);
    out.grid[k] = desc.input_channels > 0 ? output_size(desc, k, out.size[k]) : out.size[k];
    desc.fixed_size[k] = per_pixel ? out.grid[k] : 0;
  }
  return out;
}

}  // namespace convlstm::test
