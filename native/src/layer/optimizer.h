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
  // Returns the Euclidean norm of all gradients before clipping.
  float step();

  std::int64_t step_count() const { return step_count_; }
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
  void update(Member& member, float scale);

  std::shared_ptr<Context> context_;
  cln_optimizer_desc desc_;
  std::vector<Member> members_;
  std::int64_t step_count_ = 0;
};

}  // namespace convlstm
