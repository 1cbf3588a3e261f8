#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

cln_status cln_reserve_create(cln_session* session, std::int64_t max_steps, cln_reserve** out) {
  return guarded([&] {
    const auto of = get(session, "session");
    check_pointer("out", out);
    const ContextUse use{&of->context()};
    publish(std::make_shared<Reserve>(of, max_steps), out);
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
