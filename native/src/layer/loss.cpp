#include "layer/loss.h"

#include "core/checked.h"

namespace convlstm {
namespace {

void check_device(const char* name, const Context& context, const Tensor& tensor) {
  if (!context.same_device(tensor.context()))
    fail(CLN_INVALID_ARGUMENT, name, ": expected a tensor on the device of context, got one on another");
}

void check_gradient(const Context& context, const Tensor& gradient, const Tensor& prediction,
                    const Tensor& target, const Tensor* weights) {
  const std::int64_t count = prediction.count();
  check_device("gradient", context, gradient);
  check_count("gradient", count, gradient.count(), "as prediction");
  if (overlaps(gradient.data(), count, target.data(), count))
    fail(CLN_INVALID_ARGUMENT,
         "gradient: expected memory apart from that of target, got memory that overlaps it");
  if (weights != nullptr && overlaps(gradient.data(), count, weights->data(), count))
    fail(CLN_INVALID_ARGUMENT,
         "gradient: expected memory apart from that of weights, got memory that overlaps it");
  if (gradient.data() != prediction.data() && overlaps(gradient.data(), count, prediction.data(), count))
    fail(CLN_INVALID_ARGUMENT,
         "gradient: expected prediction itself or memory apart from it, got memory that overlaps it in part");
}

}  // namespace

void evaluate_loss(Context& context, cln_loss kind, const Tensor& prediction, const Tensor& target,
                   const Tensor* weights, Tensor* gradient, float* loss) {
  const std::int64_t count = prediction.count();
  check_device("prediction", context, prediction);
  check_device("target", context, target);
  if (count == 0) fail(CLN_SHAPE_MISMATCH, "prediction: expected at least 1 element, got 0");
  check_count("target", count, target.count(), "as prediction");
  if (weights != nullptr) {
    check_device("weights", context, *weights);
    check_count("weights", count, weights->count(), "as prediction");
  }
  const float* weight = weights != nullptr ? weights->data() : nullptr;
  if (gradient != nullptr) check_gradient(context, *gradient, prediction, target, weights);
  context.backend().loss(kind, prediction.data(), target.data(), weight,
                         gradient != nullptr ? gradient->data() : nullptr, count, loss);
}

}  // namespace convlstm
