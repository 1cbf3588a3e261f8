// What an executor is made for, in one line: to be read, and to be compared.
#pragma once

#include <string>

#include "cell/layer_desc.h"

namespace convlstm {

// "3x3"; with a depth above 1 "2x3x3".
std::string text_of(const Size3& size);

// Such as "conv_lstm input=1 hidden=64 input_kernel=3x3 recurrent_kernel=3x3 bias=one": words without tabs,
// the same for equal descriptions and for no others. What has its default is left out, but for the channels
// and kernels.
std::string text_of(const LayerDesc& desc);

}  // namespace convlstm
