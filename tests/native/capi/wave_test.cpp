// Stacks in a wave, through sessions: the same bits as layer after layer, whatever is asked of them. On a GPU
// alone.
#include <cstdlib>

#include "support/environment.h"
#include "support/fixture.h"
#include "support/objects.h"
#include "support/plans.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kSteps = 5, kHidden = 6, kInputs = 3;
constexpr Shape kShape{2, 3, 5};
constexpr std::int64_t kArea = kShape.h * kShape.w;

class Waves : public CapiTest {
 protected:
  void SetUp() override {
    CapiTest::SetUp();
    if (!is_on_gpu()) GTEST_SKIP() << "a CPU runs layer after layer";
  }
  static cln_recurrent_desc stack_desc(std::int32_t layers) {
    cln_recurrent_desc desc = recurrent_desc(kInputs, kHidden);
    desc.layers = layers;
    return desc;
  }
  static Session session_of(const Context& context, const Layer& layer, const char* executor) {
    const Environment environment("CLN_EXECUTOR", executor);
    return make_session(context, layer, kShape);
  }
};

TEST_F(Waves, SequencesAndStates_AreThoseLayerAfterLayer) {
  for (const std::int32_t layers : {2, 3, 4})
    for (const cln_output output : {CLN_OUTPUT_SEQUENCE, CLN_OUTPUT_LAST})
      for (const cln_direction direction : {CLN_DIRECTION_FORWARD, CLN_DIRECTION_REVERSE}) {
        const Context context = make_context();
        cln_recurrent_desc desc = stack_desc(layers);
        desc.output = output;
        desc.direction = direction;
        const Layer layer = make_recurrent(context, desc);
        randomize(layer, 0.3f, 5);
        const Session wave = session_of(context, layer, "fused:64x32,wave"),
                      apart = session_of(context, layer, "fused:64x32");
        const State state = make_state(context, layer, kShape), expected = make_state(context, layer, kShape);
        const std::int64_t y_count = (output == CLN_OUTPUT_LAST ? 1 : kSteps) * kShape.n * kHidden * kArea;
        for (std::uint64_t call = 0; call < 4; ++call) {
          const Floats x = random_floats(kSteps * kShape.n * kInputs * kArea, call);
          EXPECT_EQ(run(wave, kSteps, x, state, y_count), run(apart, kSteps, x, expected, y_count)) << call;
        }
        for (std::int32_t part = 0; part < 2 * layers; ++part)
          EXPECT_EQ(part_of(state, part, kShape.n * kHidden * kArea),
                    part_of(expected, part, kShape.n * kHidden * kArea))
              << "part " << part;
      }
}

// Nobody waits for what is queued but those who clean up.
TEST_F(Waves, EverythingIsDestroyedWhileWorkIsQueued) {
  for (int round = 0; round < 3; ++round) {
    const Context context = make_context();
    const Layer layer = make_recurrent(context, stack_desc(3));
    randomize(layer, 0.3f, 5);
    const Session session = session_of(context, layer, "fused:wave");
    const State state = make_state(context, layer, kShape);
    const Tensor x = make_tensor(context, {kSteps * kShape.n * kInputs * kArea}),
                 y = make_tensor(context, {kSteps * kShape.n * kHidden * kArea});
    for (int call = 0; call <= round; ++call)
      ok(cln_session_forward(session.get(), kSteps, x.get(), nullptr, state.get(), y.get()));
  }
}

TEST_F(Waves, Plans_TellWhy) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, stack_desc(3)), one = make_recurrent(context, stack_desc(1));
  const auto plan = [&](const Layer& of, const char* executor) {
    return plan_of(session_of(context, of, executor), kSteps);
  };
  const auto tells = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(
      tells(plan(layer, "fused:64x64,split2,wave"), R"("stack":"wave of 3 layers, each on a share of )"));
  EXPECT_TRUE(tells(plan(layer, "fused:64x64,split2,wave"), R"( multiprocessors: 64x64,split2",)"));
  EXPECT_TRUE(tells(plan(layer, "fused:wave"), R"("stack":"wave of 3 layers, each on a share of )"));
  EXPECT_TRUE(tells(plan(layer, "fused:64x64"),
                    R"("stack":"layer after layer: a tiling without a wave is asked for",)"));
  EXPECT_TRUE(
      tells(plan(layer, "cudnn_stepwise"), R"("stack":"layer after layer: another executor is asked for",)"));
  EXPECT_TRUE(
      tells(plan(layer, "fused"), "; by the model, not measured, a step of all layers takes ") ||
      tells(plan(layer, "fused"), R"("layer after layer: by the model, not measured, a step of all )"));
  EXPECT_FALSE(tells(plan(one, "fused:wave"), R"("stack":)")) << "a layer alone is no stack";
}

TEST_F(Waves, OfWholeSequences_AreRefused) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, stack_desc(2));
  const cln_session_desc desc = session_desc(kShape);
  cln_session* session = nullptr;
  for (const char* executor : {"fused:16x64,sequence,wave", "fused:12x34,wave"}) {
    const Environment environment("CLN_EXECUTOR", executor);
    expect_failure(CLN_UNSUPPORTED, cln_session_create(context.get(), layer.get(), &desc, &session),
                   {"executor: expected "});
    EXPECT_EQ(session, nullptr);
  }
}

}  // namespace
}  // namespace convlstm::test
