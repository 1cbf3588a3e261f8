// Several contexts of one device, at once and after each other.
#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "support/fixture.h"
#include "support/training.h"

namespace convlstm::test {
namespace {

class Contexts : public CapiTest {};

// What a few steps of training leave of the parameters.
Floats train(const Context& context, std::uint64_t seed) {
  const Training training(context, seed);
  cln_optimizer_desc desc;
  ok(cln_optimizer_desc_init(&desc));
  desc.max_norm = 0.5f;
  const Optimizer optimizer = make_optimizer(context, desc);
  ok(cln_optimizer_add_layer(optimizer.get(), training.layer.get()));
  for (std::uint64_t step = 0; step < 4; ++step) {
    training.add_gradients(seed + step);
    ok(cln_optimizer_step(optimizer.get(), nullptr));
  }
  return parameter_of(training.layer, 1);
}

TEST_F(Contexts, OnThreadsOfTheirOwn_TrainAsOneByItself) {
  constexpr int kThreads = 3;
  Floats expected[kThreads], actual[kThreads];
  for (int i = 0; i < kThreads; ++i) expected[i] = train(make_context(), static_cast<std::uint64_t>(10 * i));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back(
        [&actual, i] { actual[i] = train(make_context(), static_cast<std::uint64_t>(10 * i)); });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kThreads; ++i) EXPECT_EQ(actual[i], expected[i]) << i;
}

// Tensors of one context, the layer of a second, the session and the optimizer of two more.
TEST_F(Contexts, ThatShareALayerAndTensors_SeeEachOthersWorkInOrder) {
  const Context home = make_context(), elsewhere = make_context(), third = make_context();
  const auto run = [](const Context& tensors, const Context& layers, const Context& optimizers) {
    const Layer layer = make_recurrent(layers, recurrent_desc(1, 2));
    randomize(layer, 0.4f, 3);
    const Session session = make_session(tensors, layer, {1, 3, 3});
    const Reserve reserve = make_reserve(session, 2);
    const Tensor x = make_tensor(layers, {18}, random_floats(18, 1));
    const Tensor y = make_tensor(optimizers, {36}), target = make_tensor(layers, {36}, random_floats(36, 2));
    cln_optimizer_desc desc;
    ok(cln_optimizer_desc_init(&desc));
    const Optimizer optimizer = make_optimizer(optimizers, desc);
    ok(cln_optimizer_add_layer(optimizer.get(), layer.get()));
    float loss = 0;
    for (int step = 0; step < 3; ++step) {
      ok(cln_session_forward_training(session.get(), 2, x.get(), nullptr, nullptr, reserve.get(), y.get()));
      ok(cln_loss_evaluate(layers.get(), CLN_LOSS_MEAN_SQUARED_ERROR, y.get(), target.get(), nullptr, y.get(),
                           step == 2 ? &loss : nullptr));
      ok(cln_session_backward(session.get(), x.get(), reserve.get(), y.get(), nullptr, nullptr));
      ok(cln_optimizer_step(optimizer.get(), nullptr));
    }
    Floats out = parameter_of(layer, 0);
    out.push_back(loss);
    return out;
  };
  EXPECT_EQ(run(home, elsewhere, third), run(home, home, home));
}

TEST_F(Contexts, DestroyedWithWorkBehindThem_FinishIt) {
  for (int round = 0; round < 5; ++round) {
    Tensor kept;
    {
      const Context context = make_context();
      const Training training(context, 4);
      training.add_gradients(5);
      kept = make_tensor(context, {1000}, random_floats(1000, 1));
      ok(cln_tensor_fill(kept.get(), static_cast<float>(round)));
    }
    EXPECT_EQ(values_of(kept), Floats(1000, static_cast<float>(round)));
  }
}

TEST_F(Contexts, Info_TellsTheMathThatWasAskedFor) {
  const auto info_of = [](const cln_context_desc& desc) {
    cln_context* made = nullptr;
    ok(cln_context_create(&desc, &made));
    const Context context(made);
    cln_context_info info{};
    info.struct_size = sizeof info;
    ok(cln_context_get_info(made, &info));
    return info;
  };
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.thread_count = 1;
  EXPECT_EQ(info_of(desc).math, CLN_MATH_FLOAT32);
  EXPECT_EQ(info_of(desc).is_deterministic, 1);
  if (!is_on_gpu()) return;
  desc.device_kind = CLN_DEVICE_CUDA;
  for (desc.math = 0; desc.math <= CLN_MATH_FLOAT16; ++desc.math)
    for (desc.is_deterministic = 0; desc.is_deterministic < 2; ++desc.is_deterministic) {
      EXPECT_EQ(info_of(desc).math, desc.math);
      EXPECT_EQ(info_of(desc).is_deterministic, desc.is_deterministic);
    }
}

// Outputs of 16-bit products differ from those of 32 bits by their rounding, and by no more.
TEST_F(Contexts, OfEveryMath_GiveOutputsThatAreAsNearAsItsElements) {
  if (!is_on_gpu()) GTEST_SKIP() << "the device of the tests is the CPU";
  const auto outputs = [](std::int32_t math) {
    cln_context_desc desc;
    ok(cln_context_desc_init(&desc));
    desc.device_kind = CLN_DEVICE_CUDA;
    desc.math = math;
    cln_context* made = nullptr;
    ok(cln_context_create(&desc, &made));
    const Context context(made);
    const Layer layer = make_recurrent(context, recurrent_desc(3, 5));
    randomize(layer, 0.4f, 6);
    return run(make_session(context, layer, {2, 5, 3}), 3, random_floats(2 * 3 * 3 * 15, 7), nullptr,
               2 * 3 * 5 * 15);
  };
  const Floats exact = outputs(CLN_MATH_FLOAT32);
  const auto farthest = [&](std::int32_t math) {
    const Floats actual = outputs(math);
    float most = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      EXPECT_TRUE(std::isfinite(actual[i]));
      most = std::max(most, std::fabs(actual[i] - exact[i]));
    }
    return most;
  };
  EXPECT_LT(farthest(CLN_MATH_TF32), 5e-3f);
  for (const std::int32_t math : {CLN_MATH_BFLOAT16, CLN_MATH_FLOAT16}) {
    EXPECT_GT(farthest(math), 1e-6f) << math;
    EXPECT_LT(farthest(math), 3e-2f) << math;
  }
}

}  // namespace
}  // namespace convlstm::test
