// What the fused executor tells of itself: which layers it suits, its forms, and ExecutorPlan.
#include <algorithm>

#include "backend/cuda/fused.h"

namespace convlstm::cuda {
namespace {

constexpr double kDoubt = 1.5;  // so much longer it may seem to take: the model is no more certain

std::int64_t nanoseconds(double microseconds) {
  return static_cast<std::int64_t>(microseconds * 1000 + 0.5);
}

std::vector<FormEstimate> estimates_on(const Device& device, const FusedProblem& problem) {
  return estimates_of(problem, forms_to_try(device, problem));
}

}  // namespace

Verdict Fused::suits(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const FusedProblem problem = problem_of(device, desc, shape);
  const double own = estimates_on(device, problem).front().estimate.total,
               other = estimate_stepwise(problem).total;
  if (own <= kDoubt * other) return {};
  return {"a step should take " + microseconds_text(own) + ", that of cudnn_stepwise " +
          microseconds_text(other)};
}

std::vector<std::string> Fused::tilings(const Device& device, const RecurrentDesc& desc,
                                        const InputShape& shape) {
  std::vector<std::string> names;
  for (const FormEstimate& of : estimates_on(device, problem_of(device, desc, shape)))
    names.push_back(cuda::name_of(of.form));
  return names;
}

FusedForm Fused::best_form(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  return estimates_on(device, problem_of(device, desc, shape)).front().form;
}

// The form, what the model says of it, and of the best of each other kind.
ExecutorPlan Fused::plan(std::int64_t steps) const {
  const FusedProblem problem = problem_of(*layer_.device, layer_.desc, layer_.shape_in);
  const StepEstimate own = estimate_of(problem, form_);
  const double stepwise = estimate_stepwise(problem).total;
  ExecutorPlan plan = forward_->plan(own);
  plan.tiling += "; by the model, not measured, a step takes " + microseconds_text(own.total);
  if (own.memory > 0)
    plan.tiling +=
        " (products " + microseconds_text(own.products) + ", memory " + microseconds_text(own.memory) + ")";
  std::vector<std::size_t> told{form_.index()};
  for (const auto& [form, estimate] : estimates_on(*layer_.device, problem)) {
    plan.estimates.push_back({cuda::name_of(form), estimate.multiply_adds});
    if (std::find(told.begin(), told.end(), form.index()) != told.end()) continue;
    told.push_back(form.index());
    plan.tiling += ", as " + cuda::name_of(form) + ' ' + microseconds_text(estimate.total);
  }
  plan.tiling += ", that of cudnn_stepwise " + microseconds_text(stepwise);
  plan.numbers.push_back({"multiprocessors", layer_.device->stream.multiprocessors()});
  plan.numbers.push_back({"model_nanoseconds", nanoseconds(own.total)});
  plan.numbers.push_back({"stepwise_model_nanoseconds", nanoseconds(stepwise)});
  if (layer_.desc.input_channels > 0) plan.input = "folded";
  plan.weight_bytes = static_cast<std::int64_t>(forward_->packing().bytes);
  const FusedUse use(steps, layer_.desc.input_channels > 0, false);
  plan.work_bytes = static_cast<std::int64_t>(
      FusedArrays(layer_, use, nullptr, nullptr, forward_->own_x_bytes()).bytes + forward_->bytes());
  plan.multiply_adds = own.multiply_adds;
  return plan;
}

}  // namespace convlstm::cuda
