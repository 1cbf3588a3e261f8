#include <mutex>
#include <set>
#include <string>

#include "backend/device_report.h"
#include "capi/checks.h"
#include "capi/firewall.h"
#include "core/checked.h"

using namespace convlstm;
using namespace convlstm::capi;

namespace {

DeviceReport report_of(std::int32_t device_kind) {
  return report_devices(check_enum("device_kind", device_kind, CLN_DEVICE_CUDA, "cln_device_kind"));
}

// Names of devices are few, and handed out as static text.
const char* keep(const std::string& text) {
  static std::mutex mutex;
  static auto* const all = new std::set<std::string>;
  const std::scoped_lock lock(mutex);
  return all->insert(text).first->c_str();
}

}  // namespace

extern "C" {

cln_status cln_device_get_count(std::int32_t device_kind, std::int32_t* out) {
  return guarded([&] {
    check_pointer("out", out);
    *out = static_cast<std::int32_t>(report_of(device_kind).devices.size());
  });
}

cln_status cln_device_get_info(std::int32_t device_kind, std::int32_t device_index, cln_device_info* out) {
  return guarded([&] {
    check_struct("out", out);
    const DeviceReport report = report_of(device_kind);
    const auto count = static_cast<std::int64_t>(report.devices.size());
    if (count == 0)
      fail(CLN_UNSUPPORTED, "device_kind: expected a kind of which there are devices, got ", device_kind,
           "; cln_device_get_report tells what is missing");
    check_range("device_index", device_index, 0, count - 1);
    const DeviceProperties& device = report.devices[static_cast<std::size_t>(device_index)];
    *out = {sizeof *out,
            device_kind,
            device_index,
            device.processors,
            device.capability_major,
            device.capability_minor,
            device.memory_bytes,
            keep(device.name)};
  });
}

cln_status cln_device_get_report(std::int32_t device_kind, std::int32_t* is_usable, const char** out) {
  return guarded([&] {
    check_pointer("out", out);
    const DeviceReport report = report_of(device_kind);
    thread_local std::string text;
    text.clear();
    for (const std::string& line : report.lines) text += line + "\n";
    if (is_usable != nullptr) *is_usable = report.is_usable ? 1 : 0;
    *out = text.c_str();
  });
}

}  // extern "C"
