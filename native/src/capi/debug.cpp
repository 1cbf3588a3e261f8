#include "capi/checks.h"
#include "capi/firewall.h"
#include "core/checked.h"
#include "core/counters.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" cln_status cln_debug_get_live(std::int32_t object_kind, std::int64_t* objects,
                                         std::int64_t* bytes) {
  return guarded([&] {
    check_range("object_kind", object_kind, 0, CLN_OBJECT_KIND_COUNT - 1);
    const LiveCounter& counter = live_counters[static_cast<std::size_t>(object_kind)];
    if (objects != nullptr) *objects = counter.objects.load(std::memory_order_relaxed);
    if (bytes != nullptr) *bytes = counter.bytes.load(std::memory_order_relaxed);
  });
}

extern "C" cln_status cln_debug_get_peak(std::int64_t* bytes) {
  return guarded([&] {
    check_pointer("bytes", bytes);
    *bytes = live_bytes.peak.load(std::memory_order_relaxed);
  });
}

extern "C" cln_status cln_debug_reset_peak(void) {
  return guarded([] { live_bytes.peak.store(live_bytes.now.load(std::memory_order_relaxed)); });
}
