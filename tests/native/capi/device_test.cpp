// What devices there are, and what is said where they are not.
#include <cstdlib>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Devices : public CapiTest {
 protected:
  static std::int32_t kind() { return is_on_gpu() ? CLN_DEVICE_CUDA : CLN_DEVICE_CPU; }
  static std::string report(std::int32_t of, std::int32_t* is_usable) {
    const char* text = nullptr;
    ok(cln_device_get_report(of, is_usable, &text));
    return text;
  }
};

TEST_F(Devices, OfTheTests_AreCountedAndDescribed) {
  std::int32_t count = 0;
  ok(cln_device_get_count(kind(), &count));
  ASSERT_GE(count, 1);
  cln_device_info info{};
  info.struct_size = sizeof info;
  ok(cln_device_get_info(kind(), count - 1, &info));
  EXPECT_EQ(info.device_kind, kind());
  EXPECT_EQ(info.device_index, count - 1);
  EXPECT_GE(info.processors, 1);
  EXPECT_GT(info.memory_bytes, std::int64_t{1} << 20);
  EXPECT_STRNE(info.name, "");
  expect_failure(CLN_INVALID_ARGUMENT, cln_device_get_info(kind(), count, &info), {"device_index", "got"});
  expect_failure(CLN_INVALID_ARGUMENT, cln_device_get_info(kind(), -1, &info), {"device_index", "-1"});
}

TEST_F(Devices, OfNoKind_AreRefused) {
  std::int32_t count = 5;
  expect_failure(CLN_INVALID_ARGUMENT, cln_device_get_count(2, &count), {"device_kind", "got 2"});
  EXPECT_EQ(count, 5);
}

TEST_F(Devices, Report_HasALineForEachThing) {
  std::int32_t is_usable = -1;
  const std::string text = report(kind(), &is_usable);
  EXPECT_EQ(is_usable, 1) << text;
  const std::vector<std::string> lines = is_on_gpu()
                                             ? std::vector<std::string>{"driver: ", "devices: ", "cuDNN: "}
                                             : std::vector<std::string>{"processor: ", "in use: "};
  for (const std::string& line : lines) EXPECT_NE(text.find(line), std::string::npos) << text;
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(Devices, ThatAreNotThere_AreNamed) {
  if (!is_on_gpu()) GTEST_SKIP() << "the device of the tests is the CPU";
  std::int32_t count = 0;
  ok(cln_device_get_count(CLN_DEVICE_CUDA, &count));
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.device_kind = CLN_DEVICE_CUDA;
  desc.device_index = count;
  cln_context* made = nullptr;
  expect_failure(
      CLN_UNSUPPORTED, cln_context_create(&desc, &made),
      {"device_index", "expected 0 to " + std::to_string(count - 1), "got " + std::to_string(count)});
  EXPECT_EQ(made, nullptr);
}

// The library that was loaded once stays, so a process of its own looks for one that is not there.
TEST_F(Devices, WithoutTheirLibrary_SayWhatWasLookedForAndWhatToDo) {
  if (is_on_gpu()) GTEST_SKIP() << "the library has been loaded";
  ASSERT_EQ(setenv("CLN_CUDA_LIBRARY", "/nowhere/libconvlstm_native_cuda.so", 1), 0);
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.device_kind = CLN_DEVICE_CUDA;
  cln_context* made = nullptr;
  expect_failure(CLN_UNSUPPORTED, cln_context_create(&desc, &made),
                 {"device_kind", "libconvlstm_native_cuda.so of version", "/nowhere/", "cannot open",
                  "CLN_CUDA_LIBRARY"});
  std::int32_t count = 5, is_usable = 5;
  ok(cln_device_get_count(CLN_DEVICE_CUDA, &count));
  EXPECT_EQ(count, 0);
  EXPECT_NE(report(CLN_DEVICE_CUDA, &is_usable).find("library: "), std::string::npos);
  EXPECT_EQ(is_usable, 0);
  cln_device_info info{};
  info.struct_size = sizeof info;
  expect_failure(CLN_UNSUPPORTED, cln_device_get_info(CLN_DEVICE_CUDA, 0, &info), {"device_kind"});

  // Any other library is not taken for it.
  ASSERT_EQ(setenv("CLN_CUDA_LIBRARY", "libm.so.6", 1), 0);
  expect_failure(CLN_UNSUPPORTED, cln_context_create(&desc, &made), {"libm.so.6", "without cln_cuda_plugin"});
  EXPECT_EQ(made, nullptr);
  ASSERT_EQ(unsetenv("CLN_CUDA_LIBRARY"), 0);
}

}  // namespace
}  // namespace convlstm::test
