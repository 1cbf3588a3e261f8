#include <cstdlib>
#include <string>

#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "capi/operands.h"
#include "layer/description.h"

using namespace convlstm;
using namespace convlstm::capi;

namespace {

// The executor that the user of the process asks for; empty: the best.
std::string requested_executor() {
  const char* const name = std::getenv("CLN_EXECUTOR");
  return name != nullptr ? name : "";
}

}  // namespace

extern "C" {

cln_status cln_session_desc_init(cln_session_desc* desc) {
  return guarded([&] {
    check_pointer("desc", desc);
    *desc = {sizeof *desc, 0, 1, {0, 0, 0}};
  });
}

cln_status cln_session_create(cln_context* context, cln_layer* layer, const cln_session_desc* desc,
                              cln_session** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    const auto of = get(layer, "layer");
    check_struct("desc", desc);
    check_reserved("desc.reserved", desc->reserved);
    check_pointer("out", out);
    const ContextUse use{owner.get()};
    const InputShape shape{desc->batch, {desc->size[0], desc->size[1]}};
    publish(std::make_shared<Session>(owner, of, shape, requested_executor()), out);
  });
}

cln_status cln_session_destroy(cln_session* session) {
  return guarded([&] { destroy(session, "session"); });
}

cln_status cln_session_get_info(cln_session* session, cln_session_info* out) {
  return guarded([&] {
    const auto object = get(session, "session");
    check_struct("out", out);
    const ContextUse use{&object->context()};
    *out = {sizeof *out, 0, object->workspace_bytes(), object->executor_name()};
  });
}

cln_status cln_session_forward(cln_session* session, std::int64_t steps, cln_tensor* x, cln_state* state,
                               cln_tensor* y) {
  return guarded([&] {
    const auto object = get(session, "session");
    const auto input = get_nullable(x, "x");
    const auto carried = get_nullable(state, "state");
    const auto output = get(y, "y");
    const ContextUse use{&object->context(), context_of(input), context_of(carried), &output->context()};
    object->forward({steps, read("x", input), carried.get(), nullptr, written("y", output)});
  });
}

cln_status cln_session_forward_host(cln_session* session, std::int64_t steps, const float* x,
                                    std::int64_t x_count, cln_state* state, float* y, std::int64_t y_count) {
  return guarded([&] {
    const auto object = get(session, "session");
    check_array("x", x, x_count);
    const auto carried = get_nullable(state, "state");
    check_array("y", y, y_count);
    const ContextUse use{&object->context(), context_of(carried)};
    object->forward_host(
        {steps, of_host("x_count", x, x_count), carried.get(), nullptr, of_host("y_count", y, y_count)});
  });
}

cln_status cln_session_forward_training(cln_session* session, std::int64_t steps, cln_tensor* x,
                                        cln_state* state, cln_reserve* reserve, cln_tensor* y) {
  return guarded([&] {
    const auto object = get(session, "session");
    const auto input = get_nullable(x, "x");
    const auto carried = get_nullable(state, "state");
    const auto tape = get(reserve, "reserve");
    const auto output = get(y, "y");
    const ContextUse use{&object->context(), context_of(input), context_of(carried), &tape->context(),
                         &output->context()};
    object->forward({steps, read("x", input), carried.get(), tape.get(), written("y", output)});
  });
}

cln_status cln_session_backward(cln_session* session, cln_tensor* x, cln_reserve* reserve, cln_tensor* dy,
                                cln_state* dstate, cln_tensor* dx) {
  return guarded([&] {
    const auto object = get(session, "session");
    const auto input = get_nullable(x, "x");
    const auto tape = get(reserve, "reserve");
    const auto output_gradient = get_nullable(dy, "dy");
    const auto state_gradient = get_nullable(dstate, "dstate");
    const auto input_gradient = get_nullable(dx, "dx");
    const ContextUse use{&object->context(),          context_of(input),          &tape->context(),
                         context_of(output_gradient), context_of(state_gradient), context_of(input_gradient)};
    object->backward({read("x", input), tape.get(), read("dy", output_gradient), state_gradient.get(),
                      written("dx", input_gradient)});
  });
}

}  // extern "C"
