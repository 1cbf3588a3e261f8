// A recurrent layer as the C description has it: a stack of cells, in one direction or in both.
#pragma once

#include <cstdint>

#include "cell/cells.h"
#include "cell/convolution.h"
#include "cell/layer_desc.h"

namespace convlstm {

struct StackDesc {
  RecurrentDesc bottom;  // the lowest layer; its `output` is that of the stack
  std::int32_t rank = 2;
  cln_layout layout = CLN_LAYOUT_NTCHW;
  cln_direction direction = CLN_DIRECTION_FORWARD;
  cln_merge merge = CLN_MERGE_CONCAT;
  std::int64_t layers = 1;
  Size3 fixed_size;  // of the states, where the layer has parameters per pixel

  bool is_bidirectional() const { return direction == CLN_DIRECTION_BIDIRECTIONAL; }
  bool has_fixed_size() const {
    return bottom.peephole == CLN_PEEPHOLE_PER_PIXEL || bottom.normalization == CLN_NORMALIZATION_LAYER;
  }
  // The memory of the ST-LSTM runs through all layers.
  bool zigzags() const { return bottom.cell == CLN_CELL_ST_LSTM && layers > 1; }
  std::int64_t directions() const { return is_bidirectional() ? 2 : 1; }
  std::int64_t output_channels() const {
    return bottom.hidden_channels * (is_bidirectional() && merge == CLN_MERGE_CONCAT ? 2 : 1);
  }

  // Cells are counted layer by layer, the forward direction before the reverse one.
  std::int64_t cells() const { return layers * directions(); }
  RecurrentDesc cell(std::int64_t index) const {
    const std::int64_t layer = index / directions();
    RecurrentDesc desc = bottom;
    if (layer + 1 < layers) desc.output = CLN_OUTPUT_SEQUENCE;
    if (layer > 0) {
      desc.input_channels = output_channels();
      desc.input = InputConvolution{bottom.input.kernel};
    }
    return desc;
  }

  // Parts of the state, cell by cell; a memory that zig-zags is one for all and comes last.
  std::int64_t state_parts() const {
    const std::int64_t parts = traits_of(bottom.cell).state_parts;
    return zigzags() ? (parts - 1) * layers + 1 : parts * cells();
  }
  // Where part `part` of a cell stands among them.
  std::int64_t state_part(std::int64_t cell, std::int64_t part) const {
    const std::int64_t parts = traits_of(bottom.cell).state_parts;
    if (!zigzags()) return cell * parts + part;
    return part == kMemory ? state_parts() - 1 : cell * (parts - 1) + part;
  }
};

}  // namespace convlstm
