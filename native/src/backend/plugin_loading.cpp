#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>

#include "backend/plugin.h"
#include "core/error.h"

namespace convlstm {
namespace {

constexpr const char* kFile = "libconvlstm_native_cuda.so";
constexpr const char* kVariable = "CLN_CUDA_LIBRARY";

// Where this library lies; empty where that cannot be told.
std::filesystem::path own_folder() {
  static const char here = 0;
  Dl_info info{};
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  return std::filesystem::absolute(info.dli_fname, ignored).parent_path();
}

[[noreturn]] void refuse(const std::string& file, const std::string& found) {
  fail(CLN_UNSUPPORTED, "device_kind: CUDA devices need ", kFile, " of version ", CLN_VERSION,
       "; looked for ", file, "; found: ", found, "; install it beside this library, or set ", kVariable,
       " to where it is");
}

const Plugin* load(const std::string& file) {
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const error = dlerror();
    refuse(file, error != nullptr ? error : "nothing");
  }
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kCudaPluginEntry));
  const Plugin* const plugin = entry != nullptr ? entry() : nullptr;
  if (plugin != nullptr && plugin->struct_size == sizeof(Plugin) && plugin->seam_size == kSeamSize &&
      std::strcmp(plugin->build, kPluginBuild) == 0)
    return plugin;
  // The table of another build is not to be read beyond what all builds have.
  const std::string found = plugin == nullptr                       ? "a library without cln_cuda_plugin"
                            : plugin->struct_size == sizeof(Plugin) ? std::string("build ") + plugin->build
                                                                    : "a library of another version";
  dlclose(library);
  refuse(file, found + " where this library is build " + kPluginBuild);
}

}  // namespace

const Plugin& cuda_plugin() {
  static std::mutex mutex;
  static const Plugin* plugin = nullptr;
  const std::scoped_lock lock(mutex);
  if (plugin == nullptr) {
    const char* const named = std::getenv(kVariable);
    plugin = load(named != nullptr && *named != '\0' ? named : (own_folder() / kFile).string());
  }
  return *plugin;
}

}  // namespace convlstm
