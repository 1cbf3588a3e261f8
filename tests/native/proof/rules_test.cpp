// The rules that the proof draws by are the library's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/objects.h"
#include "support/problem.h"
#include "support/rules.h"

namespace convlstm::test {
namespace {

// Makes a layer and a session, and runs it where there is a mask.
cln_status status_of(const Case& tested, const Context& context) {
  const Problem problem = problem_of(tested);
  cln_layer* made = nullptr;
  if (const cln_status status = cln_recurrent_create(context.get(), &problem.desc, &made); status != CLN_OK)
    return status;
  const Layer layer(made);
  cln_session_desc desc;
  ok(cln_session_desc_init(&desc));
  desc.batch = problem.batch;
  std::copy_n(problem.size.begin(), problem.desc.rank, desc.size);
  cln_session* session = nullptr;
  const cln_status status = cln_session_create(context.get(), layer.get(), &desc, &session);
  const Session owner(session);
  if (status != CLN_OK || tested[Knob::kMaskGiven] == 0) return status;
  cln_run_options options;
  ok(cln_run_options_init(&options));
  options.input_steps = 0;
  const std::vector<std::int64_t> lengths(static_cast<std::size_t>(problem.batch), 1);
  options.lengths = lengths.data();
  options.length_count = problem.batch;
  const std::int64_t one_step = problem.batch * problem.y_step();
  Floats y = poison(one_step);
  return cln_session_forward_host(session, 1, nullptr, 0, &options, nullptr, y.data(), one_step);
}

TEST(RulesTest, RandomCombinations_BrokenRule_IsRefusedAndNothingElseIs) {
  const Context context = make_context(1);
  std::mt19937_64 random(6);
  int broken_count = 0;
  for (int i = 0; i < 3000; ++i) {
    Case tested;
    for_each_knob([&](Knob knob) {
      const std::uint64_t values = info_of(knob).values.size();
      if (random() % 3 == 0) tested[knob] = static_cast<std::uint8_t>(random() % values);
    });
    const auto broken = broken_rules(tested);
    broken_count += !broken.empty();
    const cln_status status = status_of(tested, context);
    if (broken.empty())
      EXPECT_EQ(status, CLN_OK) << to_text(tested) << ": " << cln_last_error_message();
    else
      EXPECT_TRUE(status == CLN_INVALID_ARGUMENT || status == CLN_SHAPE_MISMATCH)
          << to_text(tested) << ": " << broken.front() << ", but " << cln_status_name(status);
  }
  EXPECT_GT(broken_count, 500);
}

}  // namespace
}  // namespace convlstm::test
