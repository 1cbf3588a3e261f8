#include "layer/context.h"

#include <thread>

#include "layer/tensor.h"
#include "support/expect_error.h"
#include "support/fake_backend.h"

namespace convlstm::test {
namespace {

std::shared_ptr<Context> make_context() {
  return std::make_shared<Context>(std::make_shared<FakeBackend>());
}

TEST(ContextUse, OfAContextNamedTwice_TakesItOnce) {
  const auto context = make_context(), other = make_context();
  { const ContextUse use{context.get(), nullptr, other.get(), context.get()}; }
  EXPECT_NO_THROW(ContextUse{context.get()});
}

TEST(ContextUse, WhileInUse_IsBusyAndTakesNothing) {
  const auto free = make_context(), taken = make_context();
  const ContextUse use{taken.get()};
  std::thread([&] {
    expect_error(CLN_BUSY, "context", [&] { ContextUse{free.get(), taken.get()}; });
    EXPECT_NO_THROW(ContextUse{free.get()});
  }).join();
}

TEST(Context, Backend_LivesUntilTheLastObject_IsGone) {
  auto backend = std::make_shared<FakeBackend>();
  const std::weak_ptr<FakeBackend> watched = backend;
  auto context = std::make_shared<Context>(std::move(backend));
  const std::int64_t dims[] = {4};
  auto tensor = std::make_shared<Tensor>(context, dims);
  context.reset();
  EXPECT_FALSE(watched.expired());
  tensor->fill(1.0f);
  tensor.reset();
  EXPECT_TRUE(watched.expired());
}

TEST(Context, SameDevice_IsOfKindAndIndex) {
  const Context cpu(std::make_shared<FakeBackend>()), gpu(std::make_shared<FakeBackend>(CLN_DEVICE_CUDA, 0)),
      second(std::make_shared<FakeBackend>(CLN_DEVICE_CUDA, 1)), again(std::make_shared<FakeBackend>());
  EXPECT_TRUE(cpu.same_device(again));
  EXPECT_FALSE(cpu.same_device(gpu));
  EXPECT_FALSE(gpu.same_device(second));
}

}  // namespace
}  // namespace convlstm::test
