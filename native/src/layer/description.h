// The C descriptions of layers, checked once and turned into the vocabulary of compositions and executors.
#pragma once

#include <variant>
#include <vector>

#include "cell/parameters.h"
#include "composition/stack_desc.h"
#include "convlstm_native.h"

namespace convlstm {

struct ConvLayerDesc {
  ConvDesc conv;
  std::int32_t rank = 2;
};

using LayerDescription = std::variant<StackDesc, ConvLayerDesc>;

LayerDescription describe(const cln_recurrent_desc& desc);
LayerDescription describe(const cln_conv_desc& desc);

// Null where the layer is a convolution.
const StackDesc* stack_of(const LayerDescription& desc);

std::int32_t rank_of(const LayerDescription& desc);
std::int64_t input_channels(const LayerDescription& desc);
std::int64_t output_channels(const LayerDescription& desc);

// What executors are made for, in the order of StackDesc's cells; a convolution is one.
std::int64_t cell_count(const LayerDescription& desc);
LayerDesc cell_of(const LayerDescription& desc, std::int64_t index);

// The sizes of y, and of the states, for inputs of these sizes.
Size3 output_size(const LayerDescription& desc, const Size3& input);

// A parameter and the cell that it belongs to.
struct LayerParameter {
  ParameterShape shape;
  std::size_t cell;
};
std::vector<LayerParameter> list_parameters(const LayerDescription& desc);

// `rank` sizes of the caller, the last being W; in `checked_size` each must be at least 1.
Size3 size_of(const std::int64_t* sizes, std::int32_t rank);
Size3 checked_size(const char* name, const std::int64_t* sizes, std::int32_t rank);

}  // namespace convlstm
