// Where cuDNN is looked for, and what is said when it is not there or not the one. The libraries are stubs.
#include "backend/cuda/cudnn_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/error.h"
#include "support/fake_cudnn.h"

namespace convlstm::cuda::test {
namespace {

namespace fs = std::filesystem;

// A variable of the environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    if (value)
      setenv(name_, value->c_str(), 1);
    else
      unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> before_;
};

class CudnnLibraryTest : public testing::Test {
 protected:
  CudnnLibraryTest() : folder(fs::path(testing::TempDir()) / ("cudnn" + std::to_string(getpid()))) {
    fs::create_directories(folder);
  }
  ~CudnnLibraryTest() override { fs::remove_all(folder); }
  static fs::path stub(const std::string& kind) { return fs::path(CLN_STUB_CUDNN) / kind / "libcudnn.so.9"; }
  // Puts the stub at a place of the test's folder.
  void put(const std::string& kind, const fs::path& place) {
    fs::create_directories((folder / place).parent_path());
    fs::copy_file(stub(kind), folder / place);
  }
  static std::string error_of_loading() {
    try {
      (void)CudnnLibrary::load();
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
      return error.what();
    }
    return "none";
  }
  static void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }
  static bool loader_finds_cudnn() {
    void* library = dlopen("libcudnn.so.9", RTLD_LAZY);
    if (library != nullptr) dlclose(library);
    return library != nullptr;
  }

  fs::path folder;
  Variable named{"CLN_CUDNN_LIBRARY", std::nullopt}, path{"CUDNN_PATH", std::nullopt};
  Variable environment{"VIRTUAL_ENV", std::nullopt}, conda{"CONDA_PREFIX", std::nullopt};
};

TEST_F(CudnnLibraryTest, NamedFile_IsLoaded) {
  const Variable here("CLN_CUDNN_LIBRARY", stub("good").string());
  const auto library = CudnnLibrary::load();
  EXPECT_EQ(library->version(), "9.8.1");
  EXPECT_EQ(fs::path(library->origin()), stub("good"));
}

TEST_F(CudnnLibraryTest, NamedFolder_IsSearchedAsPythonPackagesAreLaidOut) {
  for (const char* place : {"a/libcudnn.so.9", "b/lib/libcudnn.so.9", "c/lib64/libcudnn.so.9",
                            "d/nvidia/cudnn/lib/libcudnn.so.9", "e/cudnn/lib/libcudnn.so.9"}) {
    put("good", place);
    const Variable here("CLN_CUDNN_LIBRARY", (folder / fs::path(place).begin()->string()).string());
    EXPECT_EQ(fs::path(CudnnLibrary::load()->origin()), folder / place);
  }
}

TEST_F(CudnnLibraryTest, PythonEnvironment_IsSearched) {
  if (loader_finds_cudnn()) GTEST_SKIP() << "the loader finds a cuDNN of this machine first";
  put("good", "lib/python3.12/site-packages/nvidia/cudnn/lib/libcudnn.so.9");
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const Variable here(name, folder.string());
    EXPECT_EQ(CudnnLibrary::load()->version(), "9.8.1");
  }
}

TEST_F(CudnnLibraryTest, CudnnPath_IsSearched) {
  if (loader_finds_cudnn()) GTEST_SKIP() << "the loader finds a cuDNN of this machine first";
  put("good", "lib64/libcudnn.so.9");
  const Variable here("CUDNN_PATH", folder.string());
  EXPECT_EQ(CudnnLibrary::load()->version(), "9.8.1");
}

TEST_F(CudnnLibraryTest, Missing_TheErrorSaysWhatWasLookedForAndWhatToInstall) {
  const Variable here("CLN_CUDNN_LIBRARY", folder.string());
  expect_parts(error_of_loading(), {"looked for libcudnn.so.9 in CLN_CUDNN_LIBRARY=" + folder.string(),
                                    "found nothing", "install cuDNN 9", "nvidia-cudnn-cu13"});
}

TEST_F(CudnnLibraryTest, NamedFileThatIsNotThere_IsNotReplacedByAnother) {
  const Variable here("CLN_CUDNN_LIBRARY", (folder / "libcudnn.so.9").string());
  put("good", "other/lib/libcudnn.so.9");
  const Variable other("CUDNN_PATH", (folder / "other").string());
  expect_parts(error_of_loading(), {"cannot open shared object file", "CLN_CUDNN_LIBRARY"});
}

TEST_F(CudnnLibraryTest, OtherVersions_AreFoundAndNotTaken) {
  for (const auto& [kind, version] : {std::pair{"old", "8.9.7"}, std::pair{"newer", "10.0.2"}}) {
    const Variable here("CLN_CUDNN_LIBRARY", stub(kind).string());
    expect_parts(error_of_loading(),
                 {"expected version 9, got " + std::string(version) + " in " + stub(kind).string(),
                  "install cuDNN 9"});
  }
}

TEST_F(CudnnLibraryTest, LibraryWithoutTheFunctions_IsFoundAndNotTaken) {
  const Variable here("CLN_CUDNN_LIBRARY", stub("partial").string());
  expect_parts(error_of_loading(), {stub("partial").string() + " has no function cudnnGetErrorString"});
}

TEST_F(CudnnLibraryTest, NotALibrary_IsFoundAndNotTaken) {
  std::ofstream(folder / "libcudnn.so.9") << "text";
  const Variable here("CLN_CUDNN_LIBRARY", folder.string());
  expect_parts(error_of_loading(), {(folder / "libcudnn.so.9").string(), "install cuDNN 9"});
}

TEST_F(CudnnLibraryTest, EmulatedDevice_HasTheFake) {
  fake::reset();
  EXPECT_EQ(default_cudnn()->version(), "9.8.0");
  EXPECT_EQ(default_cudnn()->origin(), "fake");
}

}  // namespace
}  // namespace convlstm::cuda::test
