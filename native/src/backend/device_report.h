// What devices of a kind there are, and what was found of what they need.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "convlstm_native.h"

namespace convlstm {

struct DeviceProperties {
  std::string name;
  int processors = 0;  // of a GPU: multiprocessors
  int capability_major = 0, capability_minor = 0;
  std::int64_t memory_bytes = 0;
};

struct DeviceReport {
  bool is_usable = false;  // contexts can be made
  std::vector<DeviceProperties> devices;
  std::vector<std::string> lines;  // "what: what was found"
};

// Never throws for what is missing (registry.cpp).
DeviceReport report_devices(cln_device_kind kind);

}  // namespace convlstm
