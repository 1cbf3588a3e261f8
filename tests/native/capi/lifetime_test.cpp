// Objects keep what they depend on alive: any order of destruction is right.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include "support/fixture.h"
#include "support/world.h"

namespace convlstm::test {
namespace {

class Lifetimes : public CapiTest {};

TEST_F(Lifetimes, AnyOrderOfDestruction_LeavesNothing) {
  std::mt19937 engine(1);
  for (int round = 0; round < 50; ++round) {
    World w;
    w.forward_training();
    std::vector<std::function<void()>> destroys = {
        [&] { w.context.reset(); }, [&] { w.layer.reset(); },    [&] { w.other_layer.reset(); },
        [&] { w.session.reset(); }, [&] { w.state.reset(); },    [&] { w.other_state.reset(); },
        [&] { w.reserve.reset(); }, [&] { w.x.reset(); },        [&] { w.y.reset(); },
        [&] { w.target.reset(); },  [&] { w.optimizer.reset(); }};
    std::shuffle(destroys.begin(), destroys.end(), engine);
    for (const auto& destroy : destroys) destroy();
    expect_nothing_alive();
  }
}

TEST_F(Lifetimes, Children_OfDestroyedParents_StillWork) {
  World w;
  w.context.reset();
  w.layer.reset();
  w.forward_training();
  w.session.reset();
  std::int64_t bytes = 0;
  EXPECT_EQ(cln_reserve_get_bytes(w.reserve.get(), &bytes), CLN_OK);
  EXPECT_EQ(cln_optimizer_step(w.optimizer.get(), nullptr), CLN_OK);
  EXPECT_EQ(cln_state_copy(w.state.get(), w.other_state.get()), CLN_OK);
  EXPECT_EQ(cln_tensor_fill(w.y.get(), 1.0f), CLN_OK);
}

TEST_F(Lifetimes, DestroyingFromManyThreads_WhileAnotherRuns_IsAllowed) {
  for (int round = 0; round < 20; ++round) {
    World w;
    std::thread runner([&] {
      // Ends when one of the handles that it names is gone.
      for (;;) {
        const cln_status status =
            cln_session_forward(w.session.get(), 2, w.x.get(), nullptr, w.state.get(), w.y.get());
        if (status == CLN_INVALID_HANDLE) return;
        EXPECT_EQ(status, CLN_OK);
      }
    });
    auto* const session = w.session.get();
    auto* const x = w.x.get();
    auto* const state = w.state.get();
    auto* const y = w.y.get();
    std::thread first([&] { ok(cln_tensor_destroy(y)); });
    std::thread second([&] { ok(cln_session_destroy(session)); });
    ok(cln_tensor_destroy(x));
    ok(cln_state_destroy(state));
    first.join();
    second.join();
    runner.join();
    static_cast<void>(w.session.release());
    static_cast<void>(w.x.release());
    static_cast<void>(w.y.release());
    static_cast<void>(w.state.release());
  }
}

TEST_F(Lifetimes, LiveCounts_FollowHandlesAndBytes) {
  const Context context = make_context();
  std::int64_t objects = 0, bytes = 0;
  {
    const Tensor a = make_tensor(context, {100}), b = make_tensor(context, {10, 2});
    ok(cln_debug_get_live(CLN_OBJECT_TENSOR, &objects, &bytes));
    EXPECT_EQ(objects, 2);
    EXPECT_EQ(bytes, 480);
    const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
    ok(cln_debug_get_live(CLN_OBJECT_LAYER, &objects, &bytes));
    EXPECT_EQ(objects, 1);
    EXPECT_EQ(bytes, 4 * (36 + 36 + 4));
    const State state = make_state(context, layer, {2, 3, 4});
    ok(cln_debug_get_live(CLN_OBJECT_STATE, &objects, &bytes));
    EXPECT_EQ(bytes, 4 * 2 * 24);
    const Session session = make_session(context, layer, {2, 3, 4});
    run(session, 2, random_floats(48, 1), nullptr, 48);
    cln_session_info info{sizeof info, 0, -1, 0, {}, nullptr};
    ok(cln_session_get_info(session.get(), &info));
    ok(cln_debug_get_live(CLN_OBJECT_SESSION, &objects, &bytes));
    EXPECT_EQ(bytes, info.workspace_bytes);
    ok(cln_debug_get_live(CLN_OBJECT_CONTEXT, &objects, &bytes));
    EXPECT_EQ(objects, 1);
    cln_context_info memory{};
    memory.struct_size = sizeof memory;
    ok(cln_context_get_info(context.get(), &memory));
    EXPECT_EQ(bytes, memory.memory_held - memory.memory_used);
    if (is_on_gpu())
      EXPECT_GE(memory.memory_used, 480 + 4 * (36 + 36 + 4) + 4 * 2 * 24 + info.workspace_bytes);
    else
      EXPECT_EQ(memory.memory_held, 0);
  }
}

}  // namespace
}  // namespace convlstm::test
