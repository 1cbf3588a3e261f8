#pragma once

#include "layer/context.h"
#include "layer/tensor.h"

namespace convlstm {

// The loss, each element counting as often as `weights` says (null: once), goes to `loss` of the host, which
// may be null; its gradient by the prediction goes to `gradient`, which may be null or `prediction` itself.
void evaluate_loss(Context& context, cln_loss kind, const Tensor& prediction, const Tensor& target,
                   const Tensor* weights, Tensor* gradient, float* loss);

}  // namespace convlstm
