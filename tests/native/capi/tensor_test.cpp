#include <cmath>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Tensors : public CapiTest {};

TEST_F(Tensors, Create_OfAnyRank_GivesZerosAndItsShape) {
  const Context context = make_context();
  for (std::int32_t rank = 0; rank <= CLN_MAX_RANK; ++rank) {
    const std::vector<std::int64_t> dims(static_cast<std::size_t>(rank), 2);
    const Tensor tensor = make_tensor(context, dims);
    cln_tensor_info info{};
    info.struct_size = sizeof info;
    ok(cln_tensor_get_info(tensor.get(), &info));
    EXPECT_EQ(info.rank, rank);
    EXPECT_EQ(info.element_count, std::int64_t{1} << rank);
    EXPECT_EQ(info.is_borrowed, 0);
    EXPECT_EQ(info.dtype, CLN_FLOAT32);
    EXPECT_EQ(info.device_kind, is_on_gpu() ? CLN_DEVICE_CUDA : CLN_DEVICE_CPU);
    for (std::int32_t i = 0; i < CLN_MAX_RANK; ++i) EXPECT_EQ(info.dims[i], i < rank ? 2 : 0);
    EXPECT_EQ(values_of(tensor), Floats(std::size_t{1} << rank, 0.0f));
  }
}

TEST_F(Tensors, Create_OfWrongShape_IsRefused) {
  const Context context = make_context();
  cln_tensor* out = nullptr;
  const auto create = [&](std::vector<std::int64_t> dims, std::int32_t rank) {
    return cln_tensor_create(context.get(), CLN_FLOAT32, dims.data(), rank, &out);
  };
  expect_failure(CLN_INVALID_ARGUMENT, create({1}, -1), {"rank", "0 to 8", "-1"});
  expect_failure(CLN_INVALID_ARGUMENT, create(std::vector<std::int64_t>(9, 1), 9), {"rank", "9"});
  expect_failure(CLN_INVALID_ARGUMENT, create({2, -3}, 2), {"dims", "at least 0", "-3"});
  expect_failure(CLN_INVALID_ARGUMENT, create({0, -3}, 2), {"dims", "-3"});
  expect_failure(CLN_SIZE_OVERFLOW, create({INT64_MAX, 2}, 2), {"dims"});
  expect_failure(CLN_SIZE_OVERFLOW, create({std::int64_t{1} << 32, std::int64_t{1} << 32}, 2), {"dims"});
  expect_failure(CLN_SIZE_OVERFLOW, create({std::int64_t{1} << 61}, 1), {"dims"});
  EXPECT_EQ(out, nullptr);
}

TEST_F(Tensors, Empty_TakesEveryCall) {
  const Context context = make_context();
  const Tensor empty = make_tensor(context, {INT64_MAX, 0, INT64_MAX});
  EXPECT_EQ(cln_tensor_upload(empty.get(), nullptr, 0), CLN_OK);
  EXPECT_EQ(cln_tensor_download(empty.get(), nullptr, 0), CLN_OK);
  EXPECT_EQ(cln_tensor_fill(empty.get(), 1.0f), CLN_OK);
  EXPECT_EQ(cln_tensor_sigmoid(empty.get()), CLN_OK);
}

TEST_F(Tensors, Transfer_OfAnotherCount_IsRefusedAndChangesNothing) {
  const Context context = make_context();
  const Tensor tensor = make_tensor(context, {2, 3}, {1, 2, 3, 4, 5, 6});
  float six[6] = {7, 7, 7, 7, 7, 7};
  for (const std::int64_t count : {std::int64_t{5}, std::int64_t{7}, std::int64_t{-6}, std::int64_t{0}}) {
    const std::string got = "got " + std::to_string(count);
    expect_failure(CLN_SHAPE_MISMATCH, cln_tensor_upload(tensor.get(), six, count),
                   {"count", "expected 6", got});
    expect_failure(CLN_SHAPE_MISMATCH, cln_tensor_download(tensor.get(), six, count), {"count", got});
  }
  EXPECT_EQ(six[0], 7.0f);
  EXPECT_EQ(values_of(tensor), (Floats{1, 2, 3, 4, 5, 6}));
}

TEST_F(Tensors, Borrow_OfCallersMemory_WorksInPlace) {
  const Context context = make_cpu_context();
  float memory[6] = {1, 2, 3, 4, 5, 6};
  const std::int64_t dims[] = {2, 3};
  cln_tensor* made = nullptr;
  expect_failure(CLN_SHAPE_MISMATCH, cln_tensor_borrow(context.get(), CLN_FLOAT32, dims, 2, memory, 5, &made),
                 {"element_count", "expected 6", "got 5"});
  ok(cln_tensor_borrow(context.get(), CLN_FLOAT32, dims, 2, memory, 6, &made));
  const Tensor tensor(made);
  EXPECT_EQ(values_of(tensor), (Floats{1, 2, 3, 4, 5, 6}));
  ok(cln_tensor_fill(tensor.get(), 9.0f));
  EXPECT_EQ(memory[5], 9.0f);
  float* data = nullptr;
  ok(cln_tensor_get_data(tensor.get(), &data));
  EXPECT_EQ(data, memory);
  cln_tensor_info info{};
  info.struct_size = sizeof info;
  ok(cln_tensor_get_info(tensor.get(), &info));
  EXPECT_EQ(info.is_borrowed, 1);
  std::int64_t bytes = -1;
  ok(cln_debug_get_live(CLN_OBJECT_TENSOR, nullptr, &bytes));
  EXPECT_EQ(bytes, 0) << "borrowed memory is not the library's";
}

TEST_F(Tensors, GetData_OfOwnMemory_IsWhatUploadWrote) {
  const Context context = make_cpu_context();
  const Tensor tensor = make_tensor(context, {3}, {1, 2, 3});
  float* data = nullptr;
  ok(cln_tensor_get_data(tensor.get(), &data));
  EXPECT_EQ(data[2], 3.0f);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 64, 0u);
}

TEST_F(Tensors, OnAGpu_AreOutOfTheHostsReach) {
  if (!is_on_gpu()) GTEST_SKIP() << "the device of the tests is the CPU";
  const Context context = make_context();
  const Tensor tensor = make_tensor(context, {3}, {1, 2, 3});
  float* data = nullptr;
  expect_failure(CLN_UNSUPPORTED, cln_tensor_get_data(tensor.get(), &data), {"tensor", "CPU"});
  float memory[3] = {};
  const std::int64_t dims[] = {3};
  cln_tensor* made = nullptr;
  expect_failure(CLN_UNSUPPORTED, cln_tensor_borrow(context.get(), CLN_FLOAT32, dims, 1, memory, 3, &made),
                 {"context", "CPU"});
  EXPECT_TRUE(data == nullptr && made == nullptr);
}

TEST_F(Tensors, Add_GivesTheSumOfTheElements) {
  const Context context = make_context();
  const Tensor tensor = make_tensor(context, {2, 2}, {1, 2, 3, 4}),
               other = make_tensor(context, {4}, {5, -6, 7, 0.5f});
  ok(cln_tensor_add(tensor.get(), other.get()));
  EXPECT_EQ(values_of(tensor), (Floats{6, -4, 10, 4.5f}));
  ok(cln_tensor_add(tensor.get(), tensor.get()));
  EXPECT_EQ(values_of(tensor), (Floats{12, -8, 20, 9}));
  const Tensor five = make_tensor(context, {5});
  expect_failure(CLN_SHAPE_MISMATCH, cln_tensor_add(tensor.get(), five.get()),
                 {"other", "expected 4", "got 5"});
}

TEST_F(Tensors, Add_OfMemoryThatOverlapsInPart_IsRefused) {
  const Context context = make_cpu_context();
  Floats memory{1, 2, 3};
  const std::int64_t dims[] = {2};
  cln_tensor *first = nullptr, *second = nullptr;
  ok(cln_tensor_borrow(context.get(), CLN_FLOAT32, dims, 1, memory.data(), 2, &first));
  ok(cln_tensor_borrow(context.get(), CLN_FLOAT32, dims, 1, memory.data() + 1, 2, &second));
  expect_failure(CLN_INVALID_ARGUMENT, cln_tensor_add(first, second), {"other", "overlaps"});
  EXPECT_EQ(memory, (Floats{1, 2, 3}));
  ok(cln_tensor_destroy(first));
  ok(cln_tensor_destroy(second));
}

TEST_F(Tensors, Sigmoid_OfAnyValue_IsTheLogisticFunction) {
  const Context context = make_context(2);
  Floats values = random_floats(1001, 3);
  for (float& value : values) value *= 12.0f;
  values[0] = 200.0f;
  values[1] = -200.0f;
  const Tensor tensor = make_tensor(context, {1001}, values);
  ok(cln_tensor_sigmoid(tensor.get()));
  const Floats actual = values_of(tensor);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(actual[i], 1 / (1 + std::exp(-static_cast<double>(values[i]))), 3e-7) << values[i];
}

TEST_F(Tensors, CopyChannels_Twice_Concatenates) {
  const Context context = make_context(2);
  const std::int64_t images = 6, area = 5 * 3;
  const Floats first = random_floats(images * 2 * area, 1), second = random_floats(images * 3 * area, 2);
  const Tensor a = make_tensor(context, {2, 3, 2, 5, 3}, first);
  const Tensor b = make_tensor(context, {6, 3, 5, 3}, second);
  const Tensor all = make_tensor(context, {6, 4, 5, 3}, poison(images * 4 * area));
  ok(cln_tensor_copy_channels(a.get(), 0, 2, all.get(), 0));
  ok(cln_tensor_copy_channels(b.get(), 1, 2, all.get(), 2));
  const Floats actual = values_of(all);
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t c = 0; c < 4; ++c)
      for (std::int64_t p = 0; p < area; ++p) {
        const float expected = c < 2 ? first[static_cast<std::size_t>((n * 2 + c) * area + p)]
                                     : second[static_cast<std::size_t>((n * 3 + c - 1) * area + p)];
        ASSERT_EQ(actual[static_cast<std::size_t>((n * 4 + c) * area + p)], expected);
      }
}

TEST_F(Tensors, CopyChannels_ThatDoNotFit_AreRefused) {
  const Context context = make_context();
  const Tensor a = make_tensor(context, {2, 3, 4, 4});
  const Tensor b = make_tensor(context, {2, 2, 4, 4});
  const auto copy = [](const Tensor& s, std::int64_t from, std::int64_t count, const Tensor& d,
                       std::int64_t to) {
    return cln_tensor_copy_channels(s.get(), from, count, d.get(), to);
  };
  expect_failure(CLN_INVALID_ARGUMENT, copy(a, 0, -1, b, 0), {"count", "-1"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 2, 2, b, 0), {"from", "0 to 1", "got 2"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, -1, 2, b, 0), {"from", "-1"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, INT64_MAX, 1, b, 0), {"from"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 0, INT64_MAX, b, 0), {"from"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 0, 2, b, 1), {"to", "0 to 0", "got 1"});
  expect_failure(CLN_INVALID_ARGUMENT, copy(a, 0, 1, a, 1), {"destination", "same"});
  const Tensor other_size = make_tensor(context, {2, 2, 4, 5}),
               other_images = make_tensor(context, {3, 2, 4, 4});
  const Tensor flat = make_tensor(context, {16, 4});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 0, 1, other_size, 0), {"destination", "2 images of 4x4", "4x5"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 0, 1, other_images, 0), {"destination", "got 3"});
  expect_failure(CLN_SHAPE_MISMATCH, copy(a, 0, 1, flat, 0),
                 {"destination", "at least 3 dimensions", "got 2"});
}

}  // namespace
}  // namespace convlstm::test
