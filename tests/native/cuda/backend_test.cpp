// The backend over the emulated device: its operations against the CPU's, what it waits for, and what it says
// where something is missing.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <deque>

#include "backend/cpu/cpu_backend.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/emulated_stream.h"
#include "core/error.h"
#include "support/problem.h"

namespace convlstm::test {
namespace {

using cuda::emulated::waits;

std::shared_ptr<Backend> gpu(int index = 0) {
  return cuda::make_cuda_backend(index, CLN_POLICY_FAST, {}, nullptr);
}

template <typename Call>
std::string error_of(cln_status status, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status) << error.what();
    return error.what();
  }
  return "no error";
}

// An array on a backend.
class Array {
 public:
  Array(Backend& backend, const Floats& values) : backend_(backend), count_(values.size()) {
    data_ = static_cast<float*>(backend.allocate(bytes()));
    backend.copy_in(data_, values.data(), bytes());
  }
  ~Array() { backend_.release(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  float* data() const { return data_; }
  Floats read() const {
    Floats values(count_);
    backend_.copy_out(values.data(), data_, bytes());
    return values;
  }

 private:
  std::size_t bytes() const { return count_ * sizeof(float); }
  Backend& backend_;
  std::size_t count_;
  float* data_;
};

// What an optimizer keeps of its steps, on a backend.
class Record {
 public:
  explicit Record(Backend& backend)
      : backend_(backend), data_(static_cast<StepRecord*>(backend.allocate(sizeof(StepRecord)))) {
    const StepRecord none;
    backend.copy_in(data_, &none, sizeof none);
  }
  ~Record() { backend_.release(data_); }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  StepRecord* data() const { return data_; }
  StepRecord read() const {
    StepRecord record;
    backend_.copy_out(&record, data_, sizeof record);
    return record;
  }

 private:
  Backend& backend_;
  StepRecord* data_;
};

constexpr std::int64_t kCounts[] = {1, 7, 257, 70001};

// Runs `run(backend, arrays)` on both, the arrays at first random, and compares what is left in them.
template <std::size_t N, typename Run>
void expect_same(std::int64_t count, float tolerance, const Run& run) {
  std::vector<Floats> results[2];
  for (const bool on_gpu : {false, true}) {
    const auto backend = on_gpu ? gpu() : cpu::make_cpu_backend(1, CLN_POLICY_FAST);
    Random random(static_cast<std::uint64_t>(count));
    std::deque<Array> arrays;
    for (std::size_t i = 0; i < N; ++i) arrays.emplace_back(*backend, uniform(random, count, 0.1f, 3.0f));
    run(*backend, arrays);
    for (const Array& array : arrays) results[on_gpu ? 1 : 0].push_back(array.read());
  }
  for (std::size_t i = 0; i < N; ++i)
    for (std::size_t k = 0; k < results[0][i].size(); ++k)
      ASSERT_NEAR(results[1][i][k], results[0][i][k], tolerance * (1 + std::fabs(results[0][i][k])))
          << "array " << i << ", element " << k << " of " << count;
}

TEST(CudaBackend, OperationsByElement_AreThoseOfTheCpu) {
  for (const std::int64_t count : kCounts) {
    expect_same<1>(count, 0, [&](Backend& b, auto& a) { b.fill(a[0].data(), count, -2.5f); });
    expect_same<1>(count, 1e-6f, [&](Backend& b, auto& a) { b.sigmoid(a[0].data(), count); });
    expect_same<2>(count, 0, [&](Backend& b, auto& a) { b.add(a[0].data(), a[1].data(), count); });
    expect_same<2>(count, 0, [&](Backend& b, auto& a) { b.multiply(a[0].data(), a[1].data(), count); });
    expect_same<1>(count, 0, [&](Backend& b, auto& a) { b.scale(a[0].data(), 0.3f, count); });
    expect_same<2>(count, 0, [&](Backend& b, auto& a) {
      b.copy(a[0].data(), a[1].data(), static_cast<std::size_t>(count) * sizeof(float));
    });
  }
}

TEST(CudaBackend, Updates_AreThoseOfTheCpu) {
  for (const std::int64_t count : kCounts) {
    expect_same<3>(count, 1e-6f, [&](Backend& b, auto& a) {
      const Record step(b);
      b.decide({1, 0, 0}, std::array{FloatArray{a[0].data(), count}}, step.data());
      b.update(SgdUpdate{0.1f, 0.9f}, step.data(), a[0].data(), a[1].data(), a[2].data(), count);
    });
    expect_same<4>(count, 1e-6f, [&](Backend& b, auto& a) {
      const Record step(b);
      for (int i = 0; i < 3; ++i) {
        b.decide({0.5f, 0.9f, 0.999f}, std::array{FloatArray{a[0].data(), count}}, step.data());
        b.update(AdamUpdate{1e-2f, 0.9f, 0.999f, 1e-8f}, step.data(), a[0].data(), a[1].data(), a[2].data(),
                 a[3].data(), count);
      }
    });
  }
}

TEST(CudaBackend, CopyChannels_IsThatOfTheCpu) {
  for (const std::int64_t area : {1, 7, 400})
    expect_same<2>(3 * 5 * area, 0, [&](Backend& b, auto& a) {
      b.copy_channels(a[0].data(), {5, 2}, a[1].data(), {4, 1}, 3, 3, area);
    });
}

TEST(CudaBackend, Losses_AreThoseOfTheCpu) {
  for (const std::int64_t count : kCounts)
    for (const cln_loss kind : {CLN_LOSS_MEAN_SQUARED_ERROR, CLN_LOSS_BINARY_CROSS_ENTROPY})
      for (const bool is_weighted : {false, true}) {
        float losses[2];
        float* loss = losses;
        expect_same<4>(count, 1e-6f, [&](Backend& b, auto& a) {
          b.loss(kind, a[0].data(), a[1].data(), is_weighted ? a[2].data() : nullptr, a[3].data(), count,
                 loss++);
        });
        EXPECT_NEAR(losses[1], losses[0], 1e-5f * std::fabs(losses[0]));
      }
}

TEST(CudaBackend, Step_IsDecidedByAllGradientsTogether) {
  const auto backend = gpu();
  const Array a(*backend, Floats(3, 2.0f)), b(*backend, Floats(5000, 1e25f)), c(*backend, {INFINITY});
  const std::array arrays{FloatArray{a.data(), 3}, FloatArray{nullptr, 0}, FloatArray{b.data(), 5000},
                          FloatArray{c.data(), 1}};
  const Record step(*backend);
  const StepRule rule{0.5f, 0.9f, 0.75f};
  backend->decide(rule, std::span(arrays).first(2), step.data());
  StepRecord last = step.read();
  EXPECT_EQ(last.norm, std::sqrt(12.0));
  EXPECT_EQ(last.scale, static_cast<float>(0.5 / std::sqrt(12.0)));
  EXPECT_EQ(last.unbias2, 4.0f);
  EXPECT_EQ(last.is_made, 1);
  EXPECT_EQ(last.made, 1);
  backend->decide(rule, std::span(arrays).first(3), step.data());
  EXPECT_NEAR(step.read().norm / std::sqrt(5e53), 1.0, 1e-6);
  backend->decide(rule, arrays, step.data());
  last = step.read();
  EXPECT_EQ(last.is_made, 0);
  EXPECT_EQ(last.made, 2);
  EXPECT_EQ(last.skipped, 1);
}

// A step of training hands the host nothing but what it asks for.
TEST(CudaBackend, ALossThatNobodyWants_IsNotWaitedFor) {
  const auto backend = gpu();
  const Array p(*backend, Floats(100, 2.0f)), y(*backend, Floats(100, 1.0f)), g(*backend, Floats(100, NAN));
  const std::int64_t before = waits();
  backend->loss(CLN_LOSS_MEAN_SQUARED_ERROR, p.data(), y.data(), nullptr, g.data(), 100, nullptr);
  const Record step(*backend);
  backend->decide({}, std::array{FloatArray{g.data(), 100}}, step.data());
  backend->update(SgdUpdate{0.1f, 0}, step.data(), g.data(), y.data(), p.data(), 100);
  EXPECT_EQ(waits(), before);
  float loss = 0;
  backend->loss(CLN_LOSS_MEAN_SQUARED_ERROR, y.data(), y.data(), nullptr, nullptr, 100, &loss);
  EXPECT_EQ(waits(), before + 1);
  EXPECT_EQ(g.read(), Floats(100, 0.02f));
}

TEST(CudaBackend, WorkOfAnother_IsWaitedForInTheQueue) {
  const auto first = gpu(), second = gpu();
  const Array array(*first, Floats(10, 1.0f));
  first->fill(array.data(), 10, 3.0f);
  const std::int64_t before = waits();
  second->wait_for(*first);
  second->scale(array.data(), 2.0f, 10);
  EXPECT_EQ(waits(), before);
  Floats values(10);
  second->copy_out(values.data(), array.data(), sizeof(float) * 10);
  EXPECT_EQ(values, Floats(10, 6.0f));
}

TEST(CudaBackend, MemoryThatIsNotThere_IsAStatusAndTheRestStaysUsable) {
  const std::size_t all = cuda::emulated::device_bytes();
  cuda::emulated::set_device_bytes(std::size_t{16} << 20);
  {
    const auto backend = gpu();
    const Array kept(*backend, Floats(1000, 1.5f));
    const std::string error = error_of(CLN_OUT_OF_MEMORY, [&] { backend->allocate(std::size_t{20} << 20); });
    EXPECT_NE(error.find(std::to_string(std::size_t{20} << 20) + " bytes"), std::string::npos) << error;
    EXPECT_EQ(kept.read(), Floats(1000, 1.5f));
    void* const fits = backend->allocate(std::size_t{8} << 20);
    EXPECT_GE(backend->memory().used, std::size_t{8} << 20);
    EXPECT_GE(backend->memory().held, backend->memory().used);
    backend->release(fits);
  }
  cuda::emulated::set_device_bytes(all);
}

TEST(CudaBackend, WhereThereIsNoDevice_OneSentenceSaysSo) {
  cuda::emulated::set_device_count(0);
  EXPECT_NE(error_of(CLN_UNSUPPORTED, [] { gpu(); }).find("none"), std::string::npos);
  EXPECT_FALSE(cuda::report_cuda().is_usable);
  EXPECT_TRUE(cuda::report_cuda().devices.empty());
  cuda::emulated::set_device_count(2);
  EXPECT_NE(error_of(CLN_UNSUPPORTED, [] { gpu(2); }).find("expected 0 to 1"), std::string::npos);
  EXPECT_TRUE(cuda::report_cuda().is_usable);
  EXPECT_EQ(cuda::report_cuda().devices.size(), 2u);
}

TEST(CudaBackend, ThatIsDestroyedWithWorkQueued_RunsItFirst) {
  const std::size_t before = cuda::emulated::allocated_bytes();
  {
    const auto backend = gpu();
    const Array array(*backend, Floats(5000, 1.0f));
    for (int i = 0; i < 50; ++i) backend->scale(array.data(), 2.0f, 5000);
  }
  EXPECT_EQ(cuda::emulated::allocated_bytes(), before);
}

}  // namespace
}  // namespace convlstm::test
