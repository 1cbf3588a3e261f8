// What a step of inference should take, in microseconds, in each of the ways of the fused executor
// (fused_cost.h, hopper_cost.h, persistent_plan.h) and the stepwise way; by it the one that is taken unasked
// is chosen, and it is what the plan tells. All guesses until someone has measured: tuning
// (cln_context_set_tuning) does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/fused_forms.h"
#include "backend/cuda/fused_plan.h"

namespace convlstm::cuda {

// A layer of one shape on a device.
struct FusedProblem {
  const RecurrentDesc& desc;
  const InputShape& shape;
  Element element;
  FusedProducts products;
  DeviceFigures figures;
};
FusedProblem problem_of(const Device& device, const RecurrentDesc& desc, const InputShape& shape);

struct StepEstimate {
  ProductCost cost;                 // of steps one by one
  double products = 0, memory = 0;  // microseconds each would take alone
  double total = 0;                 // of both, as far as one hides the other, and the launches
  double multiply_adds = 0;         // edges of tiles and empty places of the depth counted
};

// Bytes over those of memory: h twice, c twice and y in float32, x and the kernels once. Of a sequence that
// is one kernel what its own model says.
StepEstimate estimate_of(const FusedProblem& problem, const FusedForm& form);

// A convolution of blocks of 64x64 at 0.7 of the tensor cores' peak, or 0.8 of that of the ordinary units
// where tensor cores would round; the input's, of all steps, fills the device. Besides the bytes of a fused
// step it writes and reads the sums of both, and it launches twice.
StepEstimate estimate_stepwise(const FusedProblem& problem);

struct FormEstimate {
  FusedForm form;
  StepEstimate estimate;
};
// The cheapest first.
std::vector<FormEstimate> estimates_of(const FusedProblem& problem, const std::vector<FusedForm>& forms);

// What the device and the layer allow and may be the fastest: cuts_to_try(), and every tile of the others.
std::vector<FusedForm> forms_to_try(const Device& device, const FusedProblem& problem);

// "3.4 us".
std::string microseconds_text(double microseconds);

}  // namespace convlstm::cuda
