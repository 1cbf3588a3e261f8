#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "capi/operands.h"
#include "core/checked.h"
#include "layer/description.h"
#include "layer/plan_text.h"

using namespace convlstm;
using namespace convlstm::capi;

namespace {

// The executor that the user of the process asks for; empty: the best.
std::string requested_executor() {
  const char* const name = std::getenv("CLN_EXECUTOR");
  return name != nullptr ? name : "";
}

// The options of a run; null where there are none.
class Options {
 public:
  explicit Options(const cln_run_options* options) : given_(options != nullptr) {
    if (!given_) return;
    check_struct("options", options);
    check_reserved("options.reserved", options->reserved);
    check_list("options.mask", options->mask, options->mask_count);
    check_list("options.lengths", options->lengths, options->length_count);
    options_ = {options->input_steps, options->mask,         options->mask_count,
                options->lengths,     options->length_count, options->dropout_seed};
  }
  const RunOptions* get() const { return given_ ? &options_ : nullptr; }

 private:
  // Null exactly where it is said to have no elements.
  static void check_list(const char* name, const void* data, std::int64_t count) {
    if ((data == nullptr) != (count == 0))
      fail(data == nullptr ? CLN_NULL_ARGUMENT : CLN_INVALID_ARGUMENT, name,
           ": expected NULL exactly where its count is 0, got a count of ", count);
  }
  bool given_;
  RunOptions options_;
};

}  // namespace

extern "C" {

cln_status cln_run_options_init(cln_run_options* options) {
  return guarded([&] {
    check_pointer("options", options);
    *options = {sizeof *options, 0, -1, nullptr, 0, nullptr, 0, 0};
  });
}

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
    const InputShape shape{desc->batch, checked_size("desc.size", desc->size, rank_of(of->desc()))};
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
    cln_session_info info{};
    info.struct_size = sizeof info;
    info.workspace_bytes = object->workspace_bytes();
    const LayerDescription& desc = object->layer().desc();
    info.output_channels = output_channels(desc);
    const auto sizes = dims_of(output_size(desc, object->shape().size), rank_of(desc));
    std::copy(sizes.begin(), sizes.end(), info.output_size);
    info.executor = object->executor_name();
    *out = info;
  });
}

cln_status cln_session_get_plan(cln_session* session, std::int64_t steps, char* text, std::int64_t capacity,
                                std::int64_t* length) {
  return guarded([&] {
    const auto object = get(session, "session");
    check_at_least("steps", steps, 1);
    check_at_least("capacity", capacity, 0);
    if (text == nullptr && capacity > 0)
      fail(CLN_NULL_ARGUMENT, "text: expected a place for ", capacity, " bytes, got NULL");
    check_pointer("length", length);
    const ContextUse use{&object->context()};
    const std::string plan = plan_text(*object, steps);
    const auto bytes = static_cast<std::int64_t>(plan.size() + 1);
    if (text != nullptr && capacity < bytes)
      fail(CLN_SHAPE_MISMATCH, "capacity: expected at least the ", bytes, " bytes of the plan, got ",
           capacity);
    if (text != nullptr) std::memcpy(text, plan.c_str(), plan.size() + 1);
    *length = bytes;
  });
}

cln_status cln_session_forward(cln_session* session, std::int64_t steps, cln_tensor* x,
                               const cln_run_options* options, cln_state* state, cln_tensor* y) {
  return guarded([&] {
    const auto object = get(session, "session");
    const auto input = get_nullable(x, "x");
    const auto carried = get_nullable(state, "state");
    const auto output = get(y, "y");
    const ContextUse use{&object->context(), context_of(input), context_of(carried), &output->context()};
    object->forward(
        {steps, read("x", input), Options(options).get(), carried.get(), nullptr, written("y", output)});
  });
}

cln_status cln_session_forward_host(cln_session* session, std::int64_t steps, const float* x,
                                    std::int64_t x_count, const cln_run_options* options, cln_state* state,
                                    float* y, std::int64_t y_count) {
  return guarded([&] {
    const auto object = get(session, "session");
    check_array("x", x, x_count);
    const auto carried = get_nullable(state, "state");
    check_array("y", y, y_count);
    const ContextUse use{&object->context(), context_of(carried)};
    object->forward_host({steps, of_host("x_count", x, x_count), Options(options).get(), carried.get(),
                          nullptr, of_host("y_count", y, y_count)});
  });
}

cln_status cln_session_forward_training(cln_session* session, std::int64_t steps, cln_tensor* x,
                                        const cln_run_options* options, cln_state* state,
                                        cln_reserve* reserve, cln_tensor* y) {
  return guarded([&] {
    const auto object = get(session, "session");
    const auto input = get_nullable(x, "x");
    const auto carried = get_nullable(state, "state");
    const auto tape = get(reserve, "reserve");
    const auto output = get(y, "y");
    const ContextUse use{&object->context(), context_of(input), context_of(carried), &tape->context(),
                         &output->context()};
    object->forward(
        {steps, read("x", input), Options(options).get(), carried.get(), tape.get(), written("y", output)});
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
