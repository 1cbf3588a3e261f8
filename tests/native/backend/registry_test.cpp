#include <gtest/gtest.h>

#include <cstdlib>

#include "backend/backend.h"
#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "core/error.h"
#include "core/thread_pool.h"

namespace convlstm::test {
namespace {

template <typename Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(CLN_OK, "no error");
}

TEST(Registry, Cpu_ThreadsZero_TakesAllProcessors) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 0);
  EXPECT_EQ(backend->device_kind(), CLN_DEVICE_CPU);
  EXPECT_EQ(backend->thread_count(), available_processors());
  EXPECT_STREQ(backend->device_name(), "cpu");
  EXPECT_EQ(make_backend(CLN_DEVICE_CPU, 0, 3)->thread_count(), 3);
}

TEST(Registry, Cuda_IsUnsupported) {
  EXPECT_EQ(error_of([] { make_backend(CLN_DEVICE_CUDA, 0, 0); }).status(), CLN_UNSUPPORTED);
  EXPECT_EQ(error_of([] { make_backend(CLN_DEVICE_CPU, 1, 0); }).status(), CLN_INVALID_ARGUMENT);
}

TEST(Executors, UnknownName_IsUnsupportedAndListsTheNames) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 1);
  const Error error = error_of([&] { backend->make_executor(RecurrentDesc{}, InputShape{}, "fastest"); });
  EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
  EXPECT_NE(std::string(error.what()).find("fastest"), std::string::npos);
  for (const cpu::ExecutorRow& row : cpu::executor_list())
    EXPECT_NE(std::string(error.what()).find(row.name), std::string::npos) << error.what();
}

TEST(Executors, Requested_ForcesARow) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 1);
  for (const cpu::ExecutorRow& row : cpu::executor_list())
    if (row.supports(RecurrentDesc{}, InputShape{})) {
      EXPECT_STREQ(backend->make_executor(RecurrentDesc{}, InputShape{}, row.name)->name(), row.name);
    }
}

TEST(Executors, Requested_ThatDoesNotSupportTheLayer_SaysWhy) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 1);
  RecurrentDesc desc;
  desc.normalization = CLN_NORMALIZATION_GROUP;
  const Error error = error_of([&] { backend->make_executor(desc, InputShape{}, "winograd_fused"); });
  EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
  EXPECT_STREQ(error.what(), "executor: winograd_fused does not support this layer: normalization");
}

TEST(Executors, PolicyExact_IsAReason) {
  RecurrentDesc desc;
  desc.hidden_channels = 64;
  const InputShape shape{1, {16, 16}};
  const cpu::ExecutorRow& winograd = cpu::executor_list().front();
  EXPECT_TRUE(cpu::takes(winograd, desc, shape, CLN_POLICY_FAST));
  EXPECT_EQ(cpu::takes(winograd, desc, shape, CLN_POLICY_EXACT).why_not, "policy exact: it rounds more");
}

TEST(Executors, Unasked_TakeTheFirstThatSuitsTheShape) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 1);
  RecurrentDesc desc;
  desc.hidden_channels = 64;
  EXPECT_STREQ(backend->make_executor(desc, {1, {16, 16}}, "")->name(), "winograd_fused");
  EXPECT_STREQ(backend->make_executor(desc, {1, {2, 2}}, "")->name(), "direct_fused")
      << "smaller than a tile";
  EXPECT_STREQ(backend->make_executor(RecurrentDesc{}, {1, {16, 16}}, "")->name(), "direct_fused")
      << "one channel";
  EXPECT_STREQ(
      make_backend(CLN_DEVICE_CPU, 0, 1, CLN_POLICY_EXACT)->make_executor(desc, {1, {16, 16}}, "")->name(),
      "direct_fused");
  desc.recurrent_kernel = {7, 7};
  EXPECT_STREQ(backend->make_executor(desc, {1, {16, 16}}, "")->name(), "direct_fused");
  desc.cell = CLN_CELL_CONV_GRU;
  EXPECT_STREQ(backend->make_executor(desc, {1, {16, 16}}, "")->name(), "generic");
}

TEST(InstructionSet, EnvironmentVariable_ForcesOrFails) {
  for (const cpu::Kernels* kernels : cpu::available_kernels()) {
    setenv("CLN_INSTRUCTION_SET", kernels->name, 1);
    EXPECT_STREQ(make_backend(CLN_DEVICE_CPU, 0, 1)->instruction_set(), kernels->name);
  }
  setenv("CLN_INSTRUCTION_SET", "mmx", 1);
  const Error error = error_of([] { make_backend(CLN_DEVICE_CPU, 0, 1); });
  unsetenv("CLN_INSTRUCTION_SET");
  EXPECT_EQ(error.status(), CLN_UNSUPPORTED);
  EXPECT_NE(std::string(error.what()).find("mmx"), std::string::npos);
  EXPECT_STREQ(make_backend(CLN_DEVICE_CPU, 0, 1)->instruction_set(), cpu::available_kernels().front()->name);
}

TEST(Allocate, GivesAlignedMemory_AndNamesTheSizeThatDoesNotFit) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, 1);
  void* memory = backend->allocate(100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 64, 0u);
  backend->release(memory);
  EXPECT_EQ(backend->allocate(0), nullptr);
  backend->release(nullptr);
  const Error error = error_of([&] { backend->allocate(std::size_t{1} << 60); });
  EXPECT_EQ(error.status(), CLN_OUT_OF_MEMORY);
  EXPECT_NE(std::string(error.what()).find("1152921504606846976"), std::string::npos);
}

}  // namespace
}  // namespace convlstm::test
