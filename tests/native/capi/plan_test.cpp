// The plan of a session: a JSON document that says how each layer runs and why.
#include <algorithm>
#include <cstdlib>

#include "support/environment.h"
#include "support/fixture.h"
#include "support/objects.h"
#include "support/plans.h"

namespace convlstm::test {
namespace {

class Plans : public CapiTest {};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The number behind a name that stands in the plan once.
std::int64_t number_of(const std::string& plan, const std::string& name) {
  const std::string key = '"' + name + "\":";
  EXPECT_EQ(count_of(plan, key), 1u) << name << " in " << plan;
  return std::atoll(plan.c_str() + plan.find(key) + key.size());
}

TEST_F(Plans, OfASession_TellExecutorMemoryAndWork) {
  const Context context = make_cpu_context(2);
  const Layer layer = make_recurrent(context, recurrent_desc(1, 64));
  const Session session = make_session(context, layer, {1, 16, 16});
  const std::string plan = plan_of(session, 10);
  cln_session_info info{sizeof info, 0, 0, 0, {}, nullptr};
  ok(cln_session_get_info(session.get(), &info));
  EXPECT_EQ(count_of(plan, std::string("\"executor\":\"") + info.executor + "\",\"chosen_by\":\"list\""), 1u);
  EXPECT_EQ(count_of(plan, R"("description":"conv_lstm input=1 hidden=64 )"), 1u) << plan;
  EXPECT_EQ(count_of(plan, R"("threads":2,"policy":"fast","batch":1,"steps":10,"size":[16,16])"), 1u) << plan;
  EXPECT_EQ(number_of(plan, "reserve_bytes"), [&] {
    std::int64_t bytes = 0;
    ok(cln_reserve_get_bytes(make_reserve(session, 10).get(), &bytes));
    return bytes;
  }());
  run(session, 10, random_floats(10 * 256, 1), nullptr, 10 * 64 * 256);
  ok(cln_session_get_info(session.get(), &info));
  EXPECT_EQ(number_of(plan, "work_bytes"), info.workspace_bytes);
  EXPECT_EQ(plan_of(session, 10), plan) << "it does not depend on what was run";
}

TEST_F(Plans, OfMoreSteps_HaveMoreWork) {
  const Context context = make_cpu_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3));
  const Session session = make_session(context, layer, {3, 4, 5});
  const auto plain = [&](std::int64_t steps) { return plan_of(session, steps); };
  const std::int64_t equations = 3 * 20 * 12 * (2 + 3) * 9;
  EXPECT_NE(plain(1).find("\"multiply_adds\":" + std::to_string(equations) + ",\"computed"),
            std::string::npos)
      << plain(1);
  EXPECT_NE(plain(7).find("\"multiply_adds\":" + std::to_string(7 * equations) + ",\"computed"),
            std::string::npos);
  EXPECT_EQ(number_of(plain(7), "computed_multiply_adds"), 7 * number_of(plain(1), "computed_multiply_adds"));
}

TEST_F(Plans, OfAStackInBothDirections_HaveACellEach) {
  const Context context = make_cpu_context();
  cln_recurrent_desc desc = recurrent_desc(1, 2);
  desc.layers = 2;
  desc.direction = CLN_DIRECTION_BIDIRECTIONAL;
  desc.cell = CLN_CELL_CONV_GRU;
  const std::string plan = plan_of(make_session(context, make_recurrent(context, desc), {1, 4, 5}));
  std::size_t at = 0;
  for (const char* cell : {R"("layer":0,"direction":"forward","description":"conv_gru input=1)",
                           R"("layer":0,"direction":"reverse","description":"conv_gru input=1)",
                           R"("layer":1,"direction":"forward","description":"conv_gru input=4)",
                           R"("layer":1,"direction":"reverse","description":"conv_gru input=4)"}) {
    const std::size_t next = plan.find(cell, at);
    ASSERT_NE(next, std::string::npos) << cell << " in " << plan;
    at = next + 1;
  }
  EXPECT_EQ(count_of(plan, R"({"executor":"direct_fused","why":"its cell is not ConvLSTM"})"), 4u) << plan;
  desc.layers = 1;
  desc.direction = CLN_DIRECTION_REVERSE;
  const std::string reverse = plan_of(make_session(context, make_recurrent(context, desc), {1, 4, 5}));
  EXPECT_EQ(count_of(reverse, R"("layer":0,"direction":"reverse")"), 1u);
}

TEST_F(Plans, OfAConvolution_HaveOneCell) {
  const Context context = make_cpu_context();
  const std::string plan = plan_of(make_session(context, make_conv(context, 2, 3, 3), {1, 4, 5}), 2);
  EXPECT_EQ(count_of(plan, R"("description":"convolution input=2 output=3 kernel=3x3")"), 1u) << plan;
  EXPECT_EQ(count_of(plan, R"("why":"a convolution without recurrence")"), 2u) << plan;
  EXPECT_NE(plan.find("\"multiply_adds\":" + std::to_string(2 * 2 * 3 * 9 * 20)), std::string::npos) << plan;
}

TEST_F(Plans, OfAnExecutorOfTheEnvironment_SayWhoAsked) {
  const Context context = make_cpu_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 64));
  const Environment environment("CLN_EXECUTOR", "generic");
  const std::string plan = plan_of(make_session(context, layer, {1, 16, 16}));
  EXPECT_EQ(count_of(plan, R"("executor":"generic","chosen_by":"environment")"), 1u) << plan;
  EXPECT_EQ(count_of(plan, R"({"executor":"winograd_fused","why":"another one was asked for"})"), 1u) << plan;
}

TEST_F(Plans, OfBadArguments_AreRefused_AndWriteNothing) {
  const Context context = make_cpu_context();
  const Session session = make_session(context, make_recurrent(context, recurrent_desc(1, 2)), {1, 3, 3});
  const std::int64_t needed = static_cast<std::int64_t>(plan_of(session).size()) + 1;
  std::string text(static_cast<std::size_t>(needed), '?');
  const std::string untouched = text;
  std::int64_t length = -7;
  const auto get = [&](std::int64_t steps, char* place, std::int64_t capacity, std::int64_t* out) {
    return cln_session_get_plan(session.get(), steps, place, capacity, out);
  };
  expect_failure(CLN_INVALID_ARGUMENT, get(0, text.data(), needed, &length),
                 {"steps", "at least 1", "got 0"});
  expect_failure(CLN_INVALID_ARGUMENT, get(1, text.data(), -1, &length), {"capacity", "got -1"});
  expect_failure(CLN_NULL_ARGUMENT, get(1, nullptr, 1, &length), {"text", "NULL"});
  expect_failure(CLN_NULL_ARGUMENT, get(1, text.data(), needed, nullptr), {"length"});
  expect_failure(CLN_SHAPE_MISMATCH, get(1, text.data(), needed - 1, &length),
                 {"capacity", std::to_string(needed), "got " + std::to_string(needed - 1)});
  expect_failure(CLN_SIZE_OVERFLOW, get(std::int64_t{1} << 61, text.data(), needed, &length), {"steps"});
  EXPECT_EQ(text, untouched);
  EXPECT_EQ(length, -7);
}

}  // namespace
}  // namespace convlstm::test
