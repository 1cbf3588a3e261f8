#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "layer/buffer.h"
#include "layer/context.h"
#include "layer/layer.h"

namespace convlstm {

// Updates the parameters of layers from their gradients.
class Optimizer {
 public:
  // `desc` is checked here.
  Optimizer(std::shared_ptr<Context> context, const cln_optimizer_desc& desc);

  Context& context() const { return *context_; }
  void add_layer(std::shared_ptr<Layer> layer);
  void set_learning_rate(const char* name, float learning_rate);
  // Waits for a GPU only where `gradient_norm` is not null. Throws Error(CLN_NOT_FINITE) where it waits, as
  // gradient_norm(), step_count() and get_slot() do, after a step whose gradients were not finite.
  void step(float* gradient_norm);
  // Of the last step: the Euclidean norm of all gradients before clipping.
  float gradient_norm();

  std::int64_t step_count();
  void set_step_count(std::int64_t step_count);
  std::int32_t slot_count() const { return desc_.kind == CLN_OPTIMIZER_SGD ? 1 : 2; }
  void get_slot(const Layer& layer, std::int32_t parameter, std::int32_t slot, float* data,
                std::int64_t count);
  void set_slot(const Layer& layer, std::int32_t parameter, std::int32_t slot, const float* data,
                std::int64_t count);

 private:
  struct Member {
    std::shared_ptr<Layer> layer;
    std::vector<std::vector<Buffer>> slots;  // [parameter][slot]
  };
  // The memory of a slot, after its place and `count` have been checked.
  float* slot_memory(const Layer& layer, std::int32_t parameter, std::int32_t slot, std::int64_t count) const;
  void update(Member& member);
  StepRecord* record() const { return static_cast<StepRecord*>(record_.data()); }
  // What the steps queued so far came to: waits for them. Throws for those that were skipped, once.
  StepRecord settle();

  std::shared_ptr<Context> context_;
  cln_optimizer_desc desc_;
  std::vector<Member> members_;
  Buffer record_;
  std::int64_t most_steps_ = 0;  // the step count, if no step queued since it was last read is skipped
};

}  // namespace convlstm
