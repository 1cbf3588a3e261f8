#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "core/checked.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

cln_status cln_reserve_options_init(cln_reserve_options* options) {
  return guarded([&] {
    check_pointer("options", options);
    *options = {sizeof *options, 0, 0, 0};
  });
}

cln_status cln_reserve_create(cln_session* session, std::int64_t max_steps,
                              const cln_reserve_options* options, cln_reserve** out) {
  return guarded([&] {
    const auto of = get(session, "session");
    TapePlan plan;
    if (options != nullptr) {
      check_struct("options", options);
      check_reserved("options.reserved", options->reserved);
      check_at_least("options.checkpoint_every", options->checkpoint_every, 0);
      check_at_least("options.truncate_every", options->truncate_every, 0);
      plan = {options->checkpoint_every, options->truncate_every};
    }
    check_pointer("out", out);
    const ContextUse use{&of->context()};
    publish(std::make_shared<Reserve>(of, max_steps, plan), out);
  });
}

cln_status cln_reserve_destroy(cln_reserve* reserve) {
  return guarded([&] { destroy(reserve, "reserve"); });
}

cln_status cln_reserve_get_bytes(cln_reserve* reserve, std::int64_t* out) {
  return guarded([&] {
    const auto object = get(reserve, "reserve");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = object->bytes();
  });
}

}  // extern "C"
