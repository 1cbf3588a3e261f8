// Where cuDNN is looked for, and what is said when it is not there.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "backend/cuda/cudnn_library.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

constexpr const char* kSoname = "libcudnn.so.9";
constexpr const char* kInstall =
    "install cuDNN 9 for the CUDA version of the driver (libcudnn9-cuda-13 or -12 of NVIDIA's repository, or "
    "the Python "
    "package nvidia-cudnn-cu13 or -cu12) where the loader finds it, or set CLN_CUDNN_LIBRARY to the library "
    "or its folder";

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Where a folder that somebody named may hold the library: itself, an installation, the site-packages of
// Python.
std::vector<fs::path> places_in(const fs::path& folder) {
  return {folder / kSoname, folder / "lib" / kSoname, folder / "lib64" / kSoname,
          folder / "nvidia" / "cudnn" / "lib" / kSoname, folder / "cudnn" / "lib" / kSoname};
}

// lib/python3.x/site-packages of an environment.
void add_environment(const std::string& root, std::vector<fs::path>& places) {
  if (root.empty()) return;
  places.push_back(fs::path(root) / "lib" / kSoname);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(root) / "lib", ignored))
    if (entry.path().filename().string().starts_with("python3"))
      places.push_back(entry.path() / "site-packages" / "nvidia" / "cudnn" / "lib" / kSoname);
}

// What was tried, and why it was not taken.
class Attempts {
 public:
  std::shared_ptr<const CudnnLibrary> open(const fs::path& file) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* error = dlerror();
      note(error != nullptr ? error : file.string());
      return nullptr;
    }
    std::optional<cudnn::Functions> functions = functions_of(library, file);
    if (functions) try {
        return std::make_shared<const CudnnLibrary>(*functions, path_of(*functions, file));
      } catch (const Error& error) {
        note(error.what());
      }
    dlclose(library);
    return nullptr;
  }
  std::shared_ptr<const CudnnLibrary> open_if_there(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
      std::error_code ignored;
      if (!fs::exists(file, ignored)) continue;
      if (auto library = open(file)) return library;
    }
    return nullptr;
  }
  void note(const std::string& text) { found_ += (found_.empty() ? "" : "; ") + text; }
  const std::string& found() const { return found_; }

 private:
  std::optional<cudnn::Functions> functions_of(void* library, const fs::path& file) {
    cudnn::Functions functions{};
    const char* missing = nullptr;
    const auto find = [&](auto& function, const char* name) {
      void* address = dlsym(library, name);
      if (address == nullptr && missing == nullptr) missing = name;
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(address);
    };
    find(functions.cudnnGetVersion, "cudnnGetVersion");
    // An older library lacks functions of the newer: its version says more than their names.
    if (functions.cudnnGetVersion != nullptr && functions.cudnnGetVersion() < 90000) return functions;
    find(functions.cudnnGetErrorString, "cudnnGetErrorString");
    find(functions.cudnnGetLastErrorString, "cudnnGetLastErrorString");
    find(functions.cudnnCreate, "cudnnCreate");
    find(functions.cudnnDestroy, "cudnnDestroy");
    find(functions.cudnnSetStream, "cudnnSetStream");
    find(functions.cudnnBackendCreateDescriptor, "cudnnBackendCreateDescriptor");
    find(functions.cudnnBackendDestroyDescriptor, "cudnnBackendDestroyDescriptor");
    find(functions.cudnnBackendSetAttribute, "cudnnBackendSetAttribute");
    find(functions.cudnnBackendGetAttribute, "cudnnBackendGetAttribute");
    find(functions.cudnnBackendFinalize, "cudnnBackendFinalize");
    find(functions.cudnnBackendExecute, "cudnnBackendExecute");
    if (missing == nullptr) return functions;
    note(file.string() + " has no function " + missing);
    return std::nullopt;
  }
  static std::string path_of(const cudnn::Functions& functions, const fs::path& file) {
    Dl_info info{};
    if (dladdr(reinterpret_cast<void*>(functions.cudnnGetVersion), &info) != 0 && info.dli_fname != nullptr)
      return info.dli_fname;
    return file.string();
  }

  std::string found_;
};

}  // namespace

std::shared_ptr<const CudnnLibrary> CudnnLibrary::load() {
  Attempts attempts;
  std::string places;
  if (const std::string named = variable("CLN_CUDNN_LIBRARY"); !named.empty()) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(named, ignored);
    places = "CLN_CUDNN_LIBRARY=" + named;
    if (auto library = is_folder ? attempts.open_if_there(places_in(named)) : attempts.open(named))
      return library;
  } else {
    places = "the loader's folders, CUDNN_PATH, VIRTUAL_ENV, CONDA_PREFIX";
    if (auto library = attempts.open(kSoname)) return library;
    std::vector<fs::path> files;
    if (const std::string path = variable("CUDNN_PATH"); !path.empty()) files = places_in(path);
    add_environment(variable("VIRTUAL_ENV"), files);
    add_environment(variable("CONDA_PREFIX"), files);
    if (auto library = attempts.open_if_there(files)) return library;
  }
  fail(CLN_UNSUPPORTED, "cuDNN: looked for ", kSoname, " in ", places, "; found ",
       attempts.found().empty() ? "nothing" : attempts.found(), "; ", kInstall);
}

}  // namespace convlstm::cuda
