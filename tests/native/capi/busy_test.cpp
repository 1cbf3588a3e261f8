// A second thread gets CLN_BUSY, and nothing happens. One thread keeps a context busy with runs; the other
// calls until it is told so.
#include <functional>

#include "support/background.h"
#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Busy : public CapiTest {};

// A session whose runs take a while, and their arguments.
struct LongRun {
  LongRun(const Context& context, const Layer& layer) : session(make_session(context, layer, {1, 16, 16})) {}
  cln_status run() {
    return cln_session_forward_host(session.get(), 4, x.data(), 4 * 512, nullptr, nullptr, y.data(),
                                    4 * 1024);
  }
  Session session;
  Floats x = random_floats(4 * 512, 1), y = poison(4 * 1024);
};

// Calls until the answer is CLN_BUSY; the only other answer is CLN_OK.
void call_until_busy(const std::function<cln_status()>& call) {
  for (;;) {
    const cln_status status = call();
    if (status == CLN_BUSY) return;
    ASSERT_EQ(status, CLN_OK) << cln_last_error_message();
  }
}

TEST_F(Busy, SecondThread_OnAContextInUse_IsTurnedAway) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 4));
  randomize(layer, 0.5f, 1);
  const State state = make_state(context, layer, {1, 16, 16});
  const Tensor tensor = make_tensor(context, {4}, {1, 2, 3, 4});
  LongRun long_run(context, layer);
  ok(long_run.run());
  const Floats expected = long_run.y;
  Background background([&] {
    const cln_status status = long_run.run();
    EXPECT_TRUE(status == CLN_OK || status == CLN_BUSY);
  });

  std::int32_t count = 0;
  cln_context_info info{};
  info.struct_size = sizeof info;
  call_until_busy([&] { return cln_context_get_info(context.get(), &info); });
  expect_failure(CLN_BUSY, CLN_BUSY, {"context", "another"});
  call_until_busy([&] { return cln_layer_get_parameter_count(layer.get(), &count); });
  call_until_busy([&] { return cln_state_reset(state.get()); });
  call_until_busy([&] { return cln_tensor_fill(tensor.get(), 1.0f); });
  call_until_busy([&] { return cln_layer_zero_gradients(layer.get()); });
  cln_tensor* made = nullptr;
  const std::int64_t dims[] = {2};
  call_until_busy([&] {
    ok(cln_tensor_destroy(made));  // allowed at any time
    made = nullptr;
    return cln_tensor_create(context.get(), CLN_FLOAT32, dims, 1, &made);
  });
  EXPECT_EQ(made, nullptr);
  background.stop();
  ok(long_run.run());
  EXPECT_EQ(long_run.y, expected);
}

TEST_F(Busy, Change_OfALayer_WhileItRunsOnAnotherContext_IsRefused) {
  const Context context = make_context(), elsewhere = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 4));
  randomize(layer, 0.5f, 1);
  cln_optimizer_desc desc;
  ok(cln_optimizer_desc_init(&desc));
  const Optimizer optimizer = make_optimizer(context, desc);
  ok(cln_optimizer_add_layer(optimizer.get(), layer.get()));
  LongRun long_run(elsewhere, layer);
  Background background([&] {
    const cln_status status = long_run.run();
    EXPECT_TRUE(status == CLN_OK || status == CLN_BUSY);
  });
  const Floats same = parameter_of(layer, 1);
  call_until_busy([&] { return cln_layer_set_parameter(layer.get(), 1, same.data(), 4 * 4 * 4 * 9); });
  call_until_busy([&] { return cln_layer_initialize(layer.get(), 3); });
  call_until_busy([&] { return cln_optimizer_step(optimizer.get(), nullptr); });

  // Reading is no change: neither side is turned away by it.
  for (int i = 0; i < 20; ++i) parameter_of(layer, 1);
}

TEST_F(Busy, ASecondBackward_OfOneLayer_IsTurnedAwayOrAddsUp) {
  const Context context = make_context(), elsewhere = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  randomize(layer, 0.5f, 1);
  struct Side {
    Side(const Context& context, const Layer& layer)
        : session(make_session(context, layer, {1, 8, 8})),
          reserve(make_reserve(session, 4)),
          x(make_tensor(context, {256}, random_floats(256, 1))),
          y(make_tensor(context, {512})),
          dy(make_tensor(context, {512}, Floats(512, 1.0f))) {}
    // One if the gradients were added.
    int add() const {
      ok(cln_session_forward_training(session.get(), 4, x.get(), nullptr, nullptr, reserve.get(), y.get()));
      const cln_status status =
          cln_session_backward(session.get(), x.get(), reserve.get(), dy.get(), nullptr, nullptr);
      EXPECT_TRUE(status == CLN_OK || status == CLN_BUSY) << cln_last_error_message();
      return status == CLN_OK;
    }
    Session session;
    Reserve reserve;
    Tensor x, y, dy;
  };
  const Side here(context, layer), there(elsewhere, layer);
  ASSERT_EQ(here.add(), 1);
  const Floats once = gradient_of(layer, 1);
  std::atomic<int> added{1};
  {
    Background background([&] { added += there.add(); });
    for (int i = 0; i < 50; ++i) added += here.add();
  }
  const Floats all = gradient_of(layer, 1);
  for (std::size_t i = 0; i < once.size(); ++i)
    EXPECT_NEAR(all[i], once[i] * static_cast<float>(added), 1e-4f * std::abs(all[i]) + 1e-5f);
}

}  // namespace
}  // namespace convlstm::test
