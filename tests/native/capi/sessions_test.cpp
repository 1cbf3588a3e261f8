#include <thread>

#include "support/environment.h"
#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Sessions : public CapiTest {};

TEST_F(Sessions, Info_OfASession_NamesItsExecutor) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  const Session session = make_session(context, layer, {1, 3, 3});
  cln_session_info info{sizeof info, 0, -1, 0, {}, nullptr};
  ok(cln_session_get_info(session.get(), &info));
  ASSERT_NE(info.executor, nullptr);
  EXPECT_STRNE(info.executor, "");
  EXPECT_GE(info.workspace_bytes, 0);
}

TEST_F(Sessions, Executor_OfTheEnvironment_IsTaken) {
  const char* const executor = is_on_gpu() ? "cudnn_stepwise" : "reference";
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  {
    const Environment environment("CLN_EXECUTOR", executor);
    cln_session_info info{sizeof info, 0, -1, 0, {}, nullptr};
    ok(cln_session_get_info(make_session(context, layer, {1, 3, 3}).get(), &info));
    EXPECT_STREQ(info.executor, executor);
  }
  const Environment environment("CLN_EXECUTOR", "quantum");
  const cln_session_desc desc{sizeof desc, 0, 1, {3, 3, 0}};
  cln_session* out = nullptr;
  expect_failure(CLN_UNSUPPORTED, cln_session_create(context.get(), layer.get(), &desc, &out),
                 {"executor", "quantum", executor});
}

TEST_F(Sessions, OfOneLayerOnTwoContexts_RunInParallelAndAgree) {
  const Context home = make_context();
  cln_recurrent_desc desc = recurrent_desc(2, 5);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  const Layer layer = make_recurrent(home, desc);
  randomize(layer, 0.5f, 1);
  const Shape shape{2, 7, 9};
  const Floats x = random_floats(6 * 2 * 2 * 63, 2);
  const std::int64_t y_count = 6 * 2 * 5 * 63;
  const Floats expected = run(make_session(home, layer, shape), 6, x, nullptr, y_count);
  std::vector<Floats> results(2 * 5);
  const auto work = [&](std::size_t first) {
    const Context context = make_context(2);
    const Session session = make_session(context, layer, shape);
    for (std::size_t i = 0; i < 5; ++i) results[first + i] = run(session, 6, x, nullptr, y_count);
  };
  std::thread one(work, 0), two(work, 5);
  one.join();
  two.join();
  for (const Floats& result : results) EXPECT_EQ(result, expected);
}

TEST_F(Sessions, OfOneContext_ShareALayerOneAfterTheOther) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  randomize(layer, 0.5f, 1);
  const Session small = make_session(context, layer, {1, 3, 3}),
                large = make_session(context, layer, {2, 6, 5});
  const Floats x = random_floats(2 * 2 * 30, 3);
  const Floats large_before = run(large, 2, x, nullptr, 2 * 2 * 60);
  run(small, 2, random_floats(18, 4), nullptr, 36);
  EXPECT_EQ(run(large, 2, x, nullptr, 2 * 2 * 60), large_before);
}

TEST_F(Sessions, LastErrorMessage_IsOfTheCallingThread) {
  expect_failure(CLN_NULL_ARGUMENT, cln_context_desc_init(nullptr), {"desc"});
  const std::string here = cln_last_error_message();
  std::string there = "not set";
  std::thread([&] { there = cln_last_error_message(); }).join();
  EXPECT_EQ(there, "");
  const Context context = make_context();
  EXPECT_EQ(cln_last_error_message(), here) << "a call that succeeds leaves the message";
}

}  // namespace
}  // namespace convlstm::test
