// Tuning: which executor and tiling a session takes is what a file says, or what was measured.
#include <filesystem>
#include <fstream>

#include "support/environment.h"
#include "support/fixture.h"
#include "support/objects.h"
#include "support/plans.h"
#include "support/temporary_folder.h"

namespace convlstm::test {
namespace {

class Tuning : public CapiTest {
 protected:
  std::string path() const { return folder_ / "tuning.txt"; }
  std::string text() const { return text_of(path()); }
  static std::string processor() {
    cln_device_info info{};
    info.struct_size = sizeof info;
    ok(cln_device_get_info(CLN_DEVICE_CPU, 0, &info));
    return info.name;
  }
  // A file that says this of the layer below on 16x16.
  void write(const std::string& choice, const char* policy = "fast") const {
    cln_context_info info{};
    info.struct_size = sizeof info;
    ok(cln_context_get_info(context.get(), &info));
    std::ofstream(path()) << "# convlstm tuning 1\n"
                          << cln_version() << '\t' << processor() << '\t' << info.instruction_set << "\t1\t"
                          << policy
                          << "\tbatch=1 size=16x16\tconv_lstm input=1 hidden=32 input_kernel=3x3 "
                             "recurrent_kernel=3x3\t"
                          << choice << "\t1000\n";
  }
  Session session(std::int64_t size = 16) const { return make_session(context, layer, {1, size, size}); }

  TemporaryFolder folder_;
  Context context = make_cpu_context();
  Layer layer = make_recurrent(context, recurrent_desc(1, 32));
  void TearDown() override {
    layer.reset();
    context.reset();
    CapiTest::TearDown();
  }
  void SetUp() override {}  // context and layer are alive already
};

TEST_F(Tuning, EntryOfTheFile_DecidesExecutorAndTiling) {
  const std::string usual = plan_of(session());
  EXPECT_NE(usual.find(R"("executor":"winograd_fused","chosen_by":"list")"), std::string::npos) << usual;
  write("direct_fused");
  EXPECT_EQ(plan_of(session()), usual) << "off";
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()));
  const std::string direct = plan_of(session());
  EXPECT_NE(direct.find(R"("executor":"direct_fused","chosen_by":"tuning")"), std::string::npos) << direct;
  for (const char* tiling : {"2x2,folded", "2x2,hoisted", "4x4,folded", "4x4,hoisted"}) {
    write(std::string("winograd_fused:") + tiling);
    const std::string plan = plan_of(session());
    EXPECT_NE(plan.find(std::string("Winograd F(") + std::string(tiling, 3)), std::string::npos) << plan;
    EXPECT_NE(plan.find(std::string("\"input\":\"") + (tiling + 4)), std::string::npos) << plan;
  }
  EXPECT_NE(plan_of(session(12)).find(R"("chosen_by":"list")"), std::string::npos) << "another size";
  write("direct_fused", "exact");
  EXPECT_EQ(plan_of(session()), usual) << "another policy";
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_OFF, nullptr));
  write("generic");
  EXPECT_EQ(plan_of(session()), usual);
}

TEST_F(Tuning, TunedSessions_ComputeTheSame_AndTheSameBitsEachTime) {
  randomize(layer, 0.3f, 1);
  const Floats x = random_floats(3 * 256, 2);
  const Floats usual = run(session(), 3, x, nullptr, 3 * 32 * 256);
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()));
  for (const char* choice : {"direct_fused", "winograd_fused:2x2,hoisted", "generic"}) {
    write(choice);
    const Floats tuned = run(session(), 3, x, nullptr, 3 * 32 * 256);
    EXPECT_EQ(run(session(), 3, x, nullptr, 3 * 32 * 256), tuned);
    for (std::size_t k = 0; k < usual.size(); ++k) ASSERT_NEAR(tuned[k], usual[k], 1e-5) << choice;
  }
}

TEST_F(Tuning, NoFile_MeansTheUsualPlan) {
  const std::string usual = plan_of(session());
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()));
  EXPECT_EQ(plan_of(session()), usual);
  EXPECT_FALSE(std::filesystem::exists(path())) << "using writes nothing";
}

TEST_F(Tuning, Measured_IsWrittenOnce_AndReusedByOthers) {
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_MEASURE, path().c_str()));
  const std::string measured = plan_of(session());
  EXPECT_NE(measured.find(R"("chosen_by":"tuning")"), std::string::npos) << measured;
  const std::string file = text();
  EXPECT_NE(file.find("\tbatch=1 size=16x16\tconv_lstm input=1 hidden=32 "), std::string::npos) << file;
  EXPECT_EQ(plan_of(session()), measured);
  EXPECT_EQ(text(), file) << "what the file has is not measured again";
  session(12);
  EXPECT_GT(text().size(), file.size());
  const Context other = make_cpu_context();
  ok(cln_context_set_tuning(other.get(), CLN_TUNING_USE, path().c_str()));
  const Layer same = make_recurrent(other, recurrent_desc(1, 32));
  EXPECT_EQ(plan_of(make_session(other, same, {1, 16, 16})), measured);
  // What there is one way for alone is not measured.
  const std::string before = text();
  make_session(context, make_conv(context, 1, 2), {1, 8, 8});
  EXPECT_EQ(text(), before);
}

// What was measured on one processor is not for another.
TEST_F(Tuning, EntryOfAnotherProcessor_IsNotTaken) {
  write("direct_fused");
  std::string file = text();
  file.replace(file.find(processor()), processor().size(), processor() + " II");
  std::ofstream(path()) << file;
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()));
  EXPECT_NE(plan_of(session()).find(R"("chosen_by":"list")"), std::string::npos);
}

// On a CUDA device tilings of the fused kernels take part; the case names device and math.
TEST_F(Tuning, OnCudaDevice_TilingsAreMeasuredAndAskedFor) {
  if (!is_on_gpu()) GTEST_SKIP() << "the device of the tests is the CPU";
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.device_kind = CLN_DEVICE_CUDA;
  desc.math = CLN_MATH_BFLOAT16;
  cln_context* made = nullptr;
  ok(cln_context_create(&desc, &made));
  const Context on(made);
  ok(cln_context_set_tuning(on.get(), CLN_TUNING_MEASURE, path().c_str()));
  const Layer same = make_recurrent(on, recurrent_desc(1, 9));
  const std::string measured = plan_of(make_session(on, same, {1, 4, 4}));
  EXPECT_NE(measured.find(R"("chosen_by":"tuning")"), std::string::npos) << measured;
  std::string file = text();
  cln_device_info info{};
  info.struct_size = sizeof info;
  ok(cln_device_get_info(CLN_DEVICE_CUDA, 0, &info));
  EXPECT_NE(file.find(std::string("\t") + info.name + "\t"), std::string::npos) << file;
  EXPECT_NE(file.find("\tfast bfloat16\tbatch=1 size=4x4\t"), std::string::npos) << file;
  const std::size_t end = file.rfind('\t'), begin = file.rfind('\t', end - 1) + 1;
  for (const char* choice : {"fused:128x128", "fused:64x32", "cudnn_stepwise"}) {
    std::string other = file;
    std::ofstream(path()) << other.replace(begin, end - begin, choice);
    const std::string plan = plan_of(make_session(on, same, {1, 4, 4}));
    const std::string name = choice, executor = name.substr(0, name.find(':'));
    EXPECT_NE(plan.find("\"executor\":\"" + executor + '"'), std::string::npos) << plan;
    const std::string tile = name == "fused:128x128" ? "128" : "64";
    EXPECT_EQ(plan.find("\"tile_pixels\":" + tile) != std::string::npos, executor == "fused") << plan;
  }
  std::ofstream(path()) << file.replace(begin, end - begin, "fused:64x33");
  const cln_session_desc run{sizeof run, 0, 1, {4, 4, 0}};
  cln_session* out = nullptr;
  expect_failure(CLN_INVALID_ARGUMENT, cln_session_create(on.get(), same.get(), &run, &out),
                 {path(), "fused:64x32", "got fused:64x33"});
}

TEST_F(Tuning, ExecutorOfTheEnvironment_GoesFirst) {
  write("direct_fused");
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()));
  const Environment environment("CLN_EXECUTOR", "winograd_fused:2x2,folded");
  const std::string plan = plan_of(session());
  EXPECT_NE(plan.find(R"("executor":"winograd_fused","chosen_by":"environment")"), std::string::npos) << plan;
  EXPECT_NE(plan.find("F(2x2, 3x3)"), std::string::npos) << plan;
}

TEST_F(Tuning, OfTheEnvironment_IsThatOfNewContexts) {
  write("direct_fused");
  const Environment kind("CLN_TUNING", "use"), file("CLN_TUNING_FILE", path().c_str());
  const Context other = make_cpu_context();
  const Layer same = make_recurrent(other, recurrent_desc(1, 32));
  EXPECT_NE(plan_of(make_session(other, same, {1, 16, 16})).find(R"("chosen_by":"tuning")"),
            std::string::npos);
  cln_context* out = nullptr;
  const Environment wrong("CLN_TUNING", "always");
  expect_failure(CLN_INVALID_ARGUMENT, cln_context_create(nullptr, &out),
                 {"CLN_TUNING", "measure", "always"});
  const Environment measure("CLN_TUNING", "measure"), nowhere("CLN_TUNING_FILE", "");
  expect_failure(CLN_INVALID_ARGUMENT, cln_context_create(nullptr, &out), {"CLN_TUNING_FILE", "none"});
  EXPECT_EQ(out, nullptr);
}

TEST_F(Tuning, EntriesThatCannotBe_AreRefusedByFileAndLine) {
  ok(cln_context_set_tuning(context.get(), CLN_TUNING_MEASURE, path().c_str()));
  const cln_session_desc desc{sizeof desc, 0, 1, {16, 16, 0}};
  cln_session* out = nullptr;
  for (const char* choice :
       {"quantum", "winograd_fused:3x3,folded", "winograd_fused:4x4", "direct_fused:4x4"}) {
    write(choice);
    expect_failure(CLN_INVALID_ARGUMENT, cln_session_create(context.get(), layer.get(), &desc, &out),
                   {path(), "line 2", "direct_fused", std::string("got ") + choice});
  }
  std::ofstream(path()) << "hello\n";
  expect_failure(CLN_INVALID_ARGUMENT, cln_session_create(context.get(), layer.get(), &desc, &out),
                 {path(), "line 1"});
  expect_failure(CLN_INVALID_ARGUMENT, cln_context_set_tuning(context.get(), CLN_TUNING_USE, path().c_str()),
                 {path(), "line 1"});
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(text(), "hello\n");
}

TEST_F(Tuning, OfPolicyExact_DoesNotRoundMore) {
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.policy = CLN_POLICY_EXACT;
  desc.thread_count = 1;
  cln_context* made = nullptr;
  ok(cln_context_create(&desc, &made));
  const Context exact(made);
  ok(cln_context_set_tuning(exact.get(), CLN_TUNING_USE, path().c_str()));
  write("winograd_fused:4x4,folded", "exact");
  const Layer same = make_recurrent(exact, recurrent_desc(1, 32));
  const cln_session_desc run{sizeof run, 0, 1, {16, 16, 0}};
  cln_session* out = nullptr;
  expect_failure(CLN_INVALID_ARGUMENT, cln_session_create(exact.get(), same.get(), &run, &out),
                 {path(), "line 2", "winograd_fused"});
  write("generic", "exact");
  EXPECT_NE(plan_of(make_session(exact, same, {1, 16, 16})).find(R"("executor":"generic")"),
            std::string::npos);
}

TEST_F(Tuning, BadArguments_AreRefused) {
  expect_failure(CLN_INVALID_ARGUMENT, cln_context_set_tuning(context.get(), 3, "x"), {"tuning", "got 3"});
  expect_failure(CLN_NULL_ARGUMENT, cln_context_set_tuning(context.get(), CLN_TUNING_USE, nullptr), {"path"});
}

}  // namespace
}  // namespace convlstm::test
