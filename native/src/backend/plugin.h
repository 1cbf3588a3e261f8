// The door of a backend that is a library of its own, loaded when it is first asked for and never unloaded.
// Core and plug-in are built together: objects of C++ and exceptions pass between them.
#pragma once

#include <cstdint>
#include <memory>

#include "backend/backend.h"
#include "backend/device_report.h"

namespace convlstm {

// Told by how many bytes what a context keeps for later has changed. Any thread.
using CountBytes = void (*)(std::int64_t change);

struct Plugin {
  std::uint32_t struct_size;  // sizeof(Plugin)
  std::uint32_t seam_size;    // kSeamSize
  const char* build;          // kPluginBuild
  std::shared_ptr<Backend> (*make_backend)(int device_index, cln_policy policy, const Math& math,
                                           CountBytes count);
  DeviceReport (*report)();
};

// What two builds must agree in; the sizes show that they were made from headers alike.
constexpr const char* kPluginBuild = CLN_VERSION " " __VERSION__;
constexpr std::uint32_t kSeamSize = sizeof(ForwardCall) + sizeof(BackwardCall) + sizeof(LayerDesc) +
                                    sizeof(InputShape) + sizeof(DeviceReport) + sizeof(ExecutorPlan) +
                                    sizeof(ExecutorOption);

// The one function that a plug-in exports: its table, which is static.
using PluginEntry = const Plugin* (*)();
constexpr const char* kCudaPluginEntry = "cln_cuda_plugin";

// The plug-in of CUDA devices (plugin_loading.cpp): the library that CLN_CUDA_LIBRARY names, else the one
// beside this library. Throws Error(CLN_UNSUPPORTED) saying what was looked for, what was found and what to
// do, at every call until it is there. Any thread.
const Plugin& cuda_plugin();

}  // namespace convlstm
