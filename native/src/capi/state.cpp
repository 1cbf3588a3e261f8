#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "core/checked.h"
#include "layer/description.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

cln_status cln_state_create(cln_context* context, cln_layer* layer, std::int64_t batch,
                            const std::int64_t* size, std::int32_t rank, cln_state** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    const auto of = get(layer, "layer");
    check_pointer("size", size);
    const std::int32_t expected = rank_of(of->desc());
    check_range("rank", rank, expected, expected);
    check_pointer("out", out);
    const ContextUse use{owner.get()};
    publish(std::make_shared<State>(owner, *of, InputShape{batch, checked_size("size", size, rank)}), out);
  });
}

cln_status cln_state_destroy(cln_state* state) {
  return guarded([&] { destroy(state, "state"); });
}

cln_status cln_state_reset(cln_state* state) {
  return guarded([&] {
    const auto object = get(state, "state");
    const ContextUse use{&object->context()};
    object->reset();
  });
}

cln_status cln_state_copy(cln_state* source, cln_state* destination) {
  return guarded([&] {
    const auto read = get(source, "source");
    const auto written = get(destination, "destination");
    const ContextUse use{&read->context(), &written->context()};
    written->copy_from(*read);
  });
}

cln_status cln_state_get_part_count(cln_state* state, std::int32_t* out) {
  return guarded([&] {
    const auto object = get(state, "state");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = object->part_count();
  });
}

cln_status cln_state_upload(cln_state* state, std::int32_t part, const float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(state, "state");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->upload(part, data, count);
  });
}

cln_status cln_state_download(cln_state* state, std::int32_t part, float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(state, "state");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->download(part, data, count);
  });
}

}  // extern "C"
