// The C descriptions of layers, checked once and turned into the vocabulary of executors.
#pragma once

#include "cell/layer_desc.h"
#include "convlstm_native.h"

namespace convlstm {

LayerDesc describe(const cln_recurrent_desc& desc);
LayerDesc describe(const cln_conv_desc& desc);

// Channels of x and of y.
std::int64_t input_channels(const LayerDesc& desc);
std::int64_t output_channels(const LayerDesc& desc);

// The spatial dimensions of layers: 2.
inline constexpr std::int32_t kSpatialRank = 2;

}  // namespace convlstm
