#include "layer/optimizer.h"

#include <cmath>
#include <deque>

#include "core/checked.h"

namespace convlstm {
namespace {

constexpr const char* kParameters = "optimizer: the parameters of its layers";
constexpr const char* kGradients = "optimizer: the gradients of its layers";

void check_number(const char* name, float value, bool holds, const char* expected) {
  if (!std::isfinite(value)) fail(CLN_NOT_FINITE, name, ": expected ", expected, ", got ", value);
  if (!holds) fail(CLN_INVALID_ARGUMENT, name, ": expected ", expected, ", got ", value);
}

void check_decay(const char* name, float value) {
  check_number(name, value, value >= 0.0f && value < 1.0f, "a number from 0 to below 1");
}

void check_learning_rate(const char* name, float value) {
  check_number(name, value, value >= 0.0f, "a finite number of at least 0");
}

std::size_t bytes_of(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

// All parameters and gradients of an optimizer's layers, for one step.
class StepUse {
 public:
  void take(Layer& layer) {
    parameters_.emplace_back(layer.parameter_use(), kParameters);
    gradients_.emplace_back(layer.gradient_use(), kGradients);
  }

 private:
  std::deque<WriteUse> parameters_;
  std::deque<WriteUse> gradients_;
};

}  // namespace

Optimizer::Optimizer(std::shared_ptr<Context> context, const cln_optimizer_desc& desc)
    : context_(std::move(context)), desc_(desc) {
  check_enum("desc.kind", desc.kind, CLN_OPTIMIZER_ADAM, "cln_optimizer_kind");
  check_learning_rate("desc.learning_rate", desc.learning_rate);
  check_number("desc.max_norm", desc.max_norm, desc.max_norm >= 0.0f, "a finite number of at least 0");
  if (desc.kind == CLN_OPTIMIZER_SGD) {
    check_decay("desc.momentum", desc.momentum);
  } else {
    check_decay("desc.beta1", desc.beta1);
    check_decay("desc.beta2", desc.beta2);
    check_number("desc.epsilon", desc.epsilon, desc.epsilon > 0.0f, "a finite number above 0");
  }
  record_ = Buffer(context_->shared_backend(), CLN_OBJECT_OPTIMIZER, sizeof(StepRecord));
  const StepRecord none;
  context_->backend().copy_in(record(), &none, sizeof none);
}

void Optimizer::add_layer(std::shared_ptr<Layer> layer) {
  if (!context_->same_device(layer->context()))
    fail(CLN_INVALID_ARGUMENT, "layer: expected a layer on the device of the optimizer, got one on another");
  for (const Member& member : members_)
    if (member.layer == layer)
      fail(CLN_INVALID_ARGUMENT, "layer: expected one that was not added yet, got one that was");
  Member member{layer, {}};
  for (const auto& [shape, cell] : layer->list()) {
    std::vector<Buffer>& slots = member.slots.emplace_back();
    for (std::int32_t i = 0; i < slot_count(); ++i) {
      slots.push_back(Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_OPTIMIZER, shape.count));
      context_->backend().fill(slots.back().floats(), shape.count, 0.0f);
    }
  }
  members_.push_back(std::move(member));
}

void Optimizer::set_learning_rate(const char* name, float learning_rate) {
  check_learning_rate(name, learning_rate);
  desc_.learning_rate = learning_rate;
}

void Optimizer::set_step_count(std::int64_t step_count) {
  check_at_least("step_count", step_count, 0);
  context_->backend().copy_in(&record()->made, &step_count, sizeof step_count);
  most_steps_ = step_count;
}

std::int64_t Optimizer::step_count() {
  return settle().made;
}

float Optimizer::gradient_norm() {
  return static_cast<float>(settle().norm);
}

StepRecord Optimizer::settle() {
  Backend& backend = context_->backend();
  StepRecord last;
  backend.copy_out(&last, record(), sizeof last);
  most_steps_ = last.made;
  if (last.skipped == 0) return last;
  const std::int64_t none = 0;
  backend.copy_in(&record()->skipped, &none, sizeof none);
  if (last.skipped == 1 && last.is_made == 0)
    fail(CLN_NOT_FINITE, "optimizer: expected finite gradients, got a norm of ", last.norm,
         "; nothing was updated and the gradients were cleared");
  fail(CLN_NOT_FINITE, "optimizer: expected finite gradients, got others in ", last.skipped,
       " of the steps since the device was last waited for; those updated nothing, and the last step ",
       last.is_made != 0 ? "is not among them" : "is one of them");
}

void Optimizer::step(float* gradient_norm) {
  if (most_steps_ == INT64_MAX && settle().made == INT64_MAX)
    fail(CLN_INVALID_STATE, "optimizer: expected a step count that can grow, got ", most_steps_);
  StepUse use;
  for (const Member& member : members_) use.take(*member.layer);
  Backend& backend = context_->backend();
  std::vector<FloatArray> gradients;
  for (const Member& member : members_) {
    member.layer->create_gradients(context_->shared_backend());
    for (std::size_t i = 0; i < member.slots.size(); ++i)
      gradients.push_back({member.layer->gradient(i), member.layer->list()[i].shape.count});
  }
  backend.decide({desc_.max_norm, desc_.beta1, desc_.beta2}, gradients, record());
  ++most_steps_;
  for (Member& member : members_) update(member);
  const bool has_finished = backend.device_kind() == CLN_DEVICE_CPU;
  if (gradient_norm == nullptr && !has_finished) return;
  const StepRecord last = settle();
  if (gradient_norm != nullptr) *gradient_norm = static_cast<float>(last.norm);
}

void Optimizer::update(Member& member) {
  Backend& backend = context_->backend();
  Layer& layer = *member.layer;
  layer.parameter_queues().write(context_->shared_backend());
  layer.parameters_changed();
  for (std::size_t i = 0; i < member.slots.size(); ++i) {
    const std::vector<Buffer>& slots = member.slots[i];
    const std::int64_t count = layer.list()[i].shape.count;
    if (desc_.kind == CLN_OPTIMIZER_SGD)
      backend.update(SgdUpdate{desc_.learning_rate, desc_.momentum}, record(), layer.gradient(i),
                     slots[0].floats(), layer.parameter(i), count);
    else
      backend.update(AdamUpdate{desc_.learning_rate, desc_.beta1, desc_.beta2, desc_.epsilon}, record(),
                     layer.gradient(i), slots[0].floats(), slots[1].floats(), layer.parameter(i), count);
  }
  layer.clear_gradients(backend);
}

float* Optimizer::slot_memory(const Layer& layer, std::int32_t parameter, std::int32_t slot,
                              std::int64_t count) const {
  for (const Member& member : members_) {
    if (member.layer.get() != &layer) continue;
    const ParameterShape& shape = layer.shape("parameter", parameter);
    check_range("slot", slot, 0, slot_count() - 1);
    check_count("count", shape.count, count, shape.name.c_str());
    return member.slots[static_cast<std::size_t>(parameter)][static_cast<std::size_t>(slot)].floats();
  }
  fail(CLN_INVALID_ARGUMENT, "layer: expected one that was added to the optimizer, got another");
}

void Optimizer::get_slot(const Layer& layer, std::int32_t parameter, std::int32_t slot, float* data,
                         std::int64_t count) {
  const float* const memory = slot_memory(layer, parameter, slot, count);
  settle();
  context_->backend().copy_out(data, memory, bytes_of(count));
}

void Optimizer::set_slot(const Layer& layer, std::int32_t parameter, std::int32_t slot, const float* data,
                         std::int64_t count) {
  float* const memory = slot_memory(layer, parameter, slot, count);
  check_finite("data", data, count);
  context_->backend().copy_in(memory, data, bytes_of(count));
}

}  // namespace convlstm
