#pragma once

#include "layer/context.h"
#include "layer/tensor.h"

namespace convlstm {

// The loss; its gradient by the prediction goes to `gradient`, which may be null or `prediction` itself.
float evaluate_loss(Context& context, cln_loss kind, const Tensor& prediction, const Tensor& target,
                    Tensor* gradient);

}  // namespace convlstm
