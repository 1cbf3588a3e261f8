#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

cln_status cln_optimizer_desc_init(cln_optimizer_desc* desc) {
  return guarded([&] {
    check_pointer("desc", desc);
    cln_optimizer_desc defaults{};
    defaults.struct_size = sizeof defaults;
    defaults.kind = CLN_OPTIMIZER_ADAM;
    defaults.learning_rate = 1e-3f;
    defaults.beta1 = 0.9f;
    defaults.beta2 = 0.999f;
    defaults.epsilon = 1e-8f;
    *desc = defaults;
  });
}

cln_status cln_optimizer_create(cln_context* context, const cln_optimizer_desc* desc, cln_optimizer** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    check_struct("desc", desc);
    check_pointer("out", out);
    const ContextUse use{owner.get()};
    publish(std::make_shared<Optimizer>(owner, *desc), out);
  });
}

cln_status cln_optimizer_destroy(cln_optimizer* optimizer) {
  return guarded([&] { destroy(optimizer, "optimizer"); });
}

cln_status cln_optimizer_add_layer(cln_optimizer* optimizer, cln_layer* layer) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const auto added = get(layer, "layer");
    const ContextUse use{&object->context()};
    object->add_layer(added);
  });
}

cln_status cln_optimizer_set_learning_rate(cln_optimizer* optimizer, float learning_rate) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const ContextUse use{&object->context()};
    object->set_learning_rate("learning_rate", learning_rate);
  });
}

cln_status cln_optimizer_step(cln_optimizer* optimizer, float* gradient_norm) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const ContextUse use{&object->context()};
    object->step(gradient_norm);
  });
}

cln_status cln_optimizer_get_gradient_norm(cln_optimizer* optimizer, float* out) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = object->gradient_norm();
  });
}

cln_status cln_optimizer_get_step_count(cln_optimizer* optimizer, std::int64_t* out) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = object->step_count();
  });
}

cln_status cln_optimizer_set_step_count(cln_optimizer* optimizer, std::int64_t step_count) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const ContextUse use{&object->context()};
    object->set_step_count(step_count);
  });
}

cln_status cln_optimizer_get_slot_count(cln_optimizer* optimizer, std::int32_t* out) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = object->slot_count();
  });
}

cln_status cln_optimizer_get_slot(cln_optimizer* optimizer, cln_layer* layer, std::int32_t parameter,
                                  std::int32_t slot, float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const auto of = get(layer, "layer");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->get_slot(*of, parameter, slot, data, count);
  });
}

cln_status cln_optimizer_set_slot(cln_optimizer* optimizer, cln_layer* layer, std::int32_t parameter,
                                  std::int32_t slot, const float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(optimizer, "optimizer");
    const auto of = get(layer, "layer");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->set_slot(*of, parameter, slot, data, count);
  });
}

}  // extern "C"
