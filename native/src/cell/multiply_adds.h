// How much there is to multiply: the measure of what tilings and algorithms add or save.
#pragma once

#include "cell/layer_desc.h"

namespace convlstm {

// Multiply-adds of all convolutions of one step over one image of these sizes, as the equations have them:
// products with padding count.
double multiply_adds_of(const LayerDesc& desc, const Size3& input);

}  // namespace convlstm
