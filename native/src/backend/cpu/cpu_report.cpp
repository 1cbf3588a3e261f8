#include <unistd.h>

#include <fstream>
#include <string>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/instruction_set.h"
#include "core/error.h"
#include "core/thread_pool.h"

namespace convlstm::cpu {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "cpu";
}

DeviceReport report_cpu() {
  DeviceReport report;
  report.is_usable = true;
  DeviceProperties& device = report.devices.emplace_back();
  device.name = processor_name();
  device.processors = available_processors();
  device.memory_bytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  std::string sets;
  for (const Kernels* kernels : available_kernels()) {
    if (!sets.empty()) sets += ' ';
    sets += kernels->name;
  }
  report.lines = {
      "processor: " + device.name, "processors for this process: " + std::to_string(device.processors),
      "memory: " + std::to_string(device.memory_bytes >> 20) + " MiB", "instruction sets: " + sets};
  try {
    report.lines.push_back(std::string("in use: ") + select_kernels().name);
  } catch (const Error& error) {
    report.is_usable = false;
    report.lines.push_back(std::string("in use: none: ") + error.what());
  }
  return report;
}

}  // namespace convlstm::cpu
