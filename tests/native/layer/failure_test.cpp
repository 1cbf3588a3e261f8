// Failures of the device, wherever they strike: nothing leaks, and the objects stay usable.
#include <functional>

#include "layer/description.h"
#include "layer/optimizer.h"
#include "layer/reserve.h"
#include "layer/session.h"
#include "layer/tensor.h"
#include "support/expect_error.h"
#include "support/fake_backend.h"

namespace convlstm::test {
namespace {

StackDesc small_desc() {
  StackDesc desc;
  desc.bottom.input_channels = 1;
  desc.bottom.hidden_channels = 2;
  desc.bottom.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  return desc;
}

class Failures : public testing::Test {
 protected:
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  std::shared_ptr<Context> context = std::make_shared<Context>(backend);

  // Makes every allocation of `make` fail in turn, until it needs no more.
  int fail_each_allocation(const std::function<void()>& make) {
    for (int allocation = 0;; ++allocation) {
      const std::size_t before = backend->live_blocks();
      backend->fail_allocation_after(allocation);
      try {
        make();
        backend->fail_allocation_after(-1);
        return allocation;
      } catch (const Error& error) {
        EXPECT_EQ(error.status(), CLN_OUT_OF_MEMORY);
        EXPECT_EQ(backend->live_blocks(), before) << "after a failure of allocation " << allocation;
      }
    }
  }

  // One step of one sequence of 3x3 images.
  struct OneRun {
    explicit OneRun(const std::shared_ptr<Context>& context)
        : layer(std::make_shared<Layer>(context, small_desc())),
          session(std::make_shared<Session>(context, layer, InputShape{1, {3, 3}}, "")),
          reserve(session, 1, {}) {}
    void forward(Reserve* tape) {
      session->forward({1, {"x", x, 9, true}, nullptr, nullptr, tape, {"y", y, 18, true}});
    }
    void backward() { session->backward({{"x", x, 9, true}, &reserve, {"dy", y, 18, true}, nullptr, {}}); }
    std::shared_ptr<Layer> layer;
    std::shared_ptr<Session> session;
    Reserve reserve;
    float x[9] = {}, y[18] = {};
  };
};

TEST_F(Failures, OfAnyAllocation_WhileAnObjectIsMade_LeaveNothing) {
  EXPECT_EQ(fail_each_allocation([&] { Layer(context, small_desc()); }), 4);
  const Layer layer(context, small_desc());
  EXPECT_EQ(fail_each_allocation([&] { State(context, layer, {1, {3, 3}}); }), 2);
  const std::int64_t dims[] = {4};
  EXPECT_EQ(fail_each_allocation([&] { Tensor(context, dims); }), 1);
}

TEST_F(Failures, OfAnyAllocation_WhileALayerIsAdded_LeaveTheOptimizerAsItWas) {
  const auto layer = std::make_shared<Layer>(context, small_desc());
  const cln_optimizer_desc desc{sizeof desc, CLN_OPTIMIZER_ADAM, 0.1f, 0, 0.9f, 0.9f, 0.1f, 0};
  Optimizer optimizer(context, desc);
  EXPECT_EQ(fail_each_allocation([&] { optimizer.add_layer(layer); }), 8) << "and it could be added at last";
}

TEST_F(Failures, OfAnyAllocation_OfTheFirstGradients_LeaveTheReserveFilled) {
  OneRun run(context);
  run.forward(&run.reserve);
  EXPECT_EQ(fail_each_allocation([&] { run.backward(); }), 4);
}

TEST_F(Failures, OfATrainingForward_EmptyTheReserve) {
  OneRun run(context);
  run.forward(&run.reserve);
  backend->fail_runs(true);
  expect_error(CLN_DEVICE_ERROR, "on fire", [&] { run.forward(&run.reserve); });
  backend->fail_runs(false);
  expect_error(CLN_INVALID_STATE, "empty", [&] { run.backward(); });
  run.forward(&run.reserve);
  EXPECT_NO_THROW(run.backward());
}

TEST_F(Failures, OfABackward_LeaveTheReserveFilled) {
  OneRun run(context);
  run.forward(&run.reserve);
  backend->fail_runs(true);
  expect_error(CLN_DEVICE_ERROR, "on fire", [&] { run.backward(); });
  backend->fail_runs(false);
  EXPECT_NO_THROW(run.backward());
}

TEST_F(Failures, OfARun_LetGoOfTheLayer) {
  OneRun run(context);
  backend->fail_runs(true);
  expect_error(CLN_DEVICE_ERROR, "on fire", [&] { run.forward(nullptr); });
  EXPECT_NO_THROW(run.layer->initialize(1));
}

TEST_F(Failures, OfTheWorkspaceCount_DoNotHappenToARunThatFails) {
  OneRun run(context);
  backend->fail_runs(true);
  expect_error(CLN_DEVICE_ERROR, "on fire", [&] { run.forward(nullptr); });
  EXPECT_EQ(live_counters[CLN_OBJECT_SESSION].bytes.load(), run.session->workspace_bytes());
}

TEST_F(Failures, OfDevicesThatDiffer_AreRefused) {
  const auto other = std::make_shared<Context>(std::make_shared<FakeBackend>(CLN_DEVICE_CUDA, 0));
  const auto layer = std::make_shared<Layer>(context, small_desc());
  const std::int64_t dims[] = {1, 1, 2, 2};
  expect_error(CLN_INVALID_ARGUMENT, "layer: expected a layer on the device", [&] {
    Session(other, layer, {1, {3, 3}}, "");
  });
  const Tensor source(context, dims);
  Tensor destination(other, dims);
  expect_error(CLN_INVALID_ARGUMENT, "destination: expected a tensor on the device",
               [&] { copy_channels(source, 0, 1, destination, 0); });
  const State from(context, *layer, {1, {3, 3}});
  State to(other, *layer, {1, {3, 3}});
  expect_error(CLN_INVALID_ARGUMENT, "destination: expected a state on the device",
               [&] { to.copy_from(from); });
  OneRun run(context);
  expect_error(CLN_INVALID_ARGUMENT, "state: expected a state on the device", [&] {
    run.session->forward({1, {"x", run.x, 9, true}, nullptr, &to, nullptr, {"y", run.y, 18, true}});
  });
  float memory[4];
  expect_error(CLN_UNSUPPORTED, "context: expected a CPU context", [&] { Tensor(other, dims, memory, 4); });
}

}  // namespace
}  // namespace convlstm::test
