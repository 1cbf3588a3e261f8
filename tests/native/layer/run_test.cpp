// What a session hands to its executor.
#include <gtest/gtest.h>

#include "layer/optimizer.h"
#include "layer/reserve.h"
#include "layer/session.h"
#include "support/expect_error.h"
#include "support/fake_backend.h"

namespace convlstm::test {
namespace {

struct OneRun {
  explicit OneRun(cln_device_kind kind = CLN_DEVICE_CPU) : backend(std::make_shared<FakeBackend>(kind)) {
    StackDesc desc;
    desc.bottom.input_channels = 1;
    desc.bottom.hidden_channels = 2;
    layer = std::make_shared<Layer>(context, desc);
    session = std::make_shared<Session>(context, layer, InputShape{1, {3, 3}}, "");
  }
  ForwardArguments forward(State* state, Reserve* reserve) {
    return {2, {"x", x, 18, true}, nullptr, state, reserve, {"y", y, 36, true}};
  }
  std::shared_ptr<FakeBackend> backend;
  std::shared_ptr<Context> context = std::make_shared<Context>(backend);
  std::shared_ptr<Layer> layer;
  std::shared_ptr<Session> session;
  float x[18] = {}, y[36] = {};
};

TEST(Runs, OfAnInference_HandsOverTheCallersMemory) {
  OneRun run;
  run.session->forward_host(run.forward(nullptr, nullptr));
  ASSERT_EQ(run.backend->forwards.size(), 1u);
  const ForwardCall& call = run.backend->forwards[0];
  EXPECT_EQ(call.steps, 2);
  EXPECT_EQ(call.x.data, run.x);
  EXPECT_EQ(call.y.data, run.y);
  EXPECT_EQ(call.reserve, nullptr);
  EXPECT_EQ(call.initial[kHidden], nullptr);
  EXPECT_EQ(call.final[kCell], nullptr);
  EXPECT_NE(call.parameters[0].data[kInputKernel], nullptr);
  EXPECT_NE(call.parameters[0].data[kGateBias], nullptr);
  EXPECT_EQ(call.parameters[0].data[kPeephole], nullptr);
  EXPECT_NE(call.parameters[0].packed, nullptr);
}

TEST(Runs, WithAState_HandsItOverBothWays) {
  OneRun run;
  State state(run.context, *run.layer, {1, {3, 3}});
  run.session->forward(run.forward(&state, nullptr));
  const ForwardCall& call = run.backend->forwards[0];
  EXPECT_EQ(call.initial[kHidden], state.parts()[kHidden]);
  EXPECT_EQ(call.final[kCell], state.parts()[kCell]);
}

TEST(Runs, OfParametersThatChanged_HasAnotherVersion) {
  OneRun run;
  run.session->forward(run.forward(nullptr, nullptr));
  run.session->forward(run.forward(nullptr, nullptr));
  const float bias[8] = {};
  run.layer->set_parameter(2, bias, 8);
  run.session->forward(run.forward(nullptr, nullptr));
  run.layer->initialize(1);
  run.session->forward(run.forward(nullptr, nullptr));
  const auto version = [&](std::size_t i) { return run.backend->forwards[i].parameters[0].version; };
  EXPECT_EQ(version(0), version(1));
  EXPECT_NE(version(1), version(2));
  EXPECT_NE(version(2), version(3));
}

TEST(Runs, OfATraining_HandsOverTheReserveAndTheGradients) {
  OneRun run;
  Reserve reserve(run.session, 3, {});
  EXPECT_EQ(reserve.bytes(), 3 * 64);
  run.session->forward(run.forward(nullptr, &reserve));
  run.session->backward({{"x", run.x, 18, true}, &reserve, {}, nullptr, {}});
  EXPECT_EQ(run.backend->forwards[0].reserve, reserve.memory());
  const BackwardCall& call = run.backend->backwards.at(0);
  EXPECT_EQ(call.steps, 2);
  EXPECT_EQ(call.reserve, reserve.memory());
  EXPECT_EQ(call.dy.data, nullptr);
  EXPECT_EQ(call.dx.data, nullptr);
  EXPECT_NE(call.gradients[0][kRecurrentKernel], nullptr);
  EXPECT_EQ(call.gradients[0][kPeephole], nullptr);
}

// What others may do with a layer while it runs; they come from inside the run, so that they are never late.
TEST(Runs, OfAForward_KeepTheParametersAsTheyAre) {
  OneRun run;
  Session other(run.context, run.layer, {1, {3, 3}}, "");
  const cln_optimizer_desc desc{sizeof desc, CLN_OPTIMIZER_SGD, 0.1f, 0, 0, 0, 0, 0};
  Optimizer optimizer(run.context, desc);
  optimizer.add_layer(run.layer);
  float bias[8] = {}, y[36];
  bool came = false;
  run.backend->during_run = [&] {
    came = true;
    expect_error(CLN_BUSY, "parameters", [&] { run.layer->set_parameter(2, bias, 8); });
    expect_error(CLN_BUSY, "parameters", [&] { run.layer->initialize(1); });
    expect_error(CLN_BUSY, "parameters", [&] { optimizer.step(nullptr); });
    EXPECT_NO_THROW(run.layer->get_parameter(2, bias, 8));
    EXPECT_NO_THROW(
        other.forward({2, {"x", run.x, 18, true}, nullptr, nullptr, nullptr, {"y", y, 36, true}}));
  };
  run.session->forward(run.forward(nullptr, nullptr));
  EXPECT_TRUE(came);
  EXPECT_EQ(run.backend->forwards.size(), 2u);
  EXPECT_NO_THROW(optimizer.step(nullptr));
}

TEST(Runs, OfABackward_HaveTheGradientsAlone) {
  OneRun run;
  const auto other = std::make_shared<Session>(run.context, run.layer, InputShape{1, {3, 3}}, "");
  Reserve reserve(run.session, 2, {}), other_reserve(other, 2, {});
  run.session->forward(run.forward(nullptr, &reserve));
  other->forward(run.forward(nullptr, &other_reserve));
  const BackwardArguments second{{"x", run.x, 18, true}, &other_reserve, {}, nullptr, {}};
  float bias[8] = {};
  bool came = false;
  run.backend->during_run = [&] {
    came = true;
    expect_error(CLN_BUSY, "gradients", [&] { other->backward(second); });
    expect_error(CLN_BUSY, "gradients", [&] { run.layer->get_gradient(2, bias, 8); });
    expect_error(CLN_BUSY, "gradients", [&] { run.layer->zero_gradients(); });
    expect_error(CLN_BUSY, "parameters", [&] { run.layer->set_parameter(2, bias, 8); });
  };
  run.session->backward({{"x", run.x, 18, true}, &reserve, {}, nullptr, {}});
  EXPECT_TRUE(came);
  EXPECT_EQ(run.backend->backwards.size(), 1u);
  EXPECT_NO_THROW(other->backward(second)) << "its reserve is still filled";
}

TEST(Runs, OverHostMemory_OnADeviceOfItsOwn_GoesByItsMemory) {
  OneRun run(CLN_DEVICE_CUDA);
  const std::size_t blocks = run.backend->live_blocks();
  const int copies = run.backend->host_copies();
  run.session->forward_host(run.forward(nullptr, nullptr));
  const ForwardCall& call = run.backend->forwards.at(0);
  EXPECT_NE(call.x.data, run.x);
  EXPECT_NE(call.y.data, run.y);
  EXPECT_EQ(run.backend->host_copies(), copies + 2);
  EXPECT_EQ(run.y[0], 1.0f) << "what the executor wrote has come back";
  EXPECT_EQ(run.backend->live_blocks(), blocks);
}

}  // namespace
}  // namespace convlstm::test
