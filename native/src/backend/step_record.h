// What the last step of an optimizer came to. It lies in memory of the device: there the step is decided by
// the norm of the gradients, and there the updates look it up, so that nobody waits for the norm.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>

#include "cell/host_device.h"

namespace convlstm {

// What steps are decided by. `max_norm` 0: no limit. The betas are Adam's.
struct StepRule {
  float max_norm, beta1, beta2;
};

struct StepRecord {
  std::int64_t made = 0;           // steps so far: the t of Adam
  std::int64_t skipped = 0;        // steps whose gradients were not finite and that nobody has been told of
  double norm = 0;                 // of all gradients of the last step together, before clipping
  float scale = 1;                 // what clipping multiplies them by
  float unbias1 = 1, unbias2 = 1;  // Adam: 1 / (1 - beta^t)
  std::int32_t is_made = 0;        // 0: the last step was skipped, and updates change nothing
};

CLN_HOST_DEVICE inline float unbias(float beta, std::int64_t made) {
  return static_cast<float>(1 / (1 - pow(static_cast<double>(beta), static_cast<double>(made))));
}

// `squares`: the sum of the squares of all gradients.
CLN_HOST_DEVICE inline void decide_step(StepRecord& step, const StepRule& rule, double squares) {
  step.norm = sqrt(squares);
  step.is_made = step.norm <= DBL_MAX ? 1 : 0;  // not so for NaN
  if (step.is_made == 0) {
    ++step.skipped;
    return;
  }
  ++step.made;
  const double limit = static_cast<double>(rule.max_norm);
  step.scale = limit > 0 && step.norm > limit ? static_cast<float>(limit / step.norm) : 1.0f;
  step.unbias1 = unbias(rule.beta1, step.made);
  step.unbias2 = unbias(rule.beta2, step.made);
}

}  // namespace convlstm
