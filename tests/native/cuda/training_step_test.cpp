// A training step over the layers of the library, on the device: what it waits for and copies to the host.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/emulated_stream.h"
#include "core/error.h"
#include "layer/loss.h"
#include "layer/optimizer.h"
#include "layer/reserve.h"
#include "layer/session.h"
#include "layer/tensor.h"

namespace convlstm::test {
namespace {

using cuda::emulated::copied_to_host;
using cuda::emulated::waits;
using Dims = std::array<std::int64_t, 1>;

StackDesc recurrent_desc() {
  StackDesc desc;
  desc.bottom.input_channels = 2;
  desc.bottom.hidden_channels = 3;
  return desc;
}
ConvLayerDesc head_desc() {
  ConvLayerDesc desc;
  desc.conv.input_channels = 3;
  desc.conv.output_channels = 2;
  return desc;
}

// A ConvLSTM and a convolution behind it learn three steps of two sequences of 5x3 pixels.
class Training {
 public:
  explicit Training(cln_math math)
      : context_(std::make_shared<Context>(
            cuda::make_cuda_backend(0, CLN_POLICY_FAST, Math{math, true}, nullptr))),
        lstm_(std::make_shared<Layer>(context_, recurrent_desc())),
        head_(std::make_shared<Layer>(context_, head_desc())),
        lstm_session_(std::make_shared<Session>(context_, lstm_, InputShape{2, {5, 3}}, "")),
        head_session_(std::make_shared<Session>(context_, head_, InputShape{2, {5, 3}}, "")),
        lstm_tape_(lstm_session_, kSteps, {}),
        head_tape_(head_session_, kSteps, {}),
        optimizer_(context_,
                   {sizeof(cln_optimizer_desc), CLN_OPTIMIZER_ADAM, 0.01f, 0, 0.9f, 0.999f, 1e-8f, 1}) {
    for (const auto& layer : {lstm_, head_}) {
      layer->initialize(1);
      optimizer_.add_layer(layer);
    }
    x_.fill(0.5f);
    target_.fill(1.0f);
  }

  void gradients(float* loss) {
    lstm_session_->forward({kSteps, in(x_), nullptr, nullptr, &lstm_tape_, out(h_)});
    head_session_->forward({kSteps, in(h_), nullptr, nullptr, &head_tape_, out(y_)});
    evaluate_loss(*context_, CLN_LOSS_MEAN_SQUARED_ERROR, y_, target_, nullptr, &dy_, loss);
    head_session_->backward({in(h_), &head_tape_, in(dy_), nullptr, out(dh_)});
    lstm_session_->backward({in(x_), &lstm_tape_, in(dh_), nullptr, {}});
  }
  Optimizer& optimizer() { return optimizer_; }
  // Everything that is learned, as it lies on the device.
  std::vector<float> parameters() const {
    std::vector<float> all;
    for (const auto& layer : {lstm_, head_})
      for (std::size_t i = 0; i < layer->list().size(); ++i) {
        const auto count = static_cast<std::size_t>(layer->list()[i].shape.count);
        all.resize(all.size() + count);
        context_->backend().copy_out(&*(all.end() - static_cast<std::ptrdiff_t>(count)), layer->parameter(i),
                                     count * sizeof(float));
      }
    return all;
  }
  // The target that frames are compared with from now on.
  void aim_at(float value) { target_.fill(value); }

 private:
  static constexpr std::int64_t kSteps = 3, kPixels = 2 * kSteps * 15;
  static Operand<const float> in(const Tensor& t) { return {"in", t.data(), t.count(), true}; }
  static Operand<float> out(const Tensor& t) { return {"out", t.data(), t.count(), true}; }

  std::shared_ptr<Context> context_;
  std::shared_ptr<Layer> lstm_, head_;
  std::shared_ptr<Session> lstm_session_, head_session_;
  Reserve lstm_tape_, head_tape_;
  Optimizer optimizer_;
  Tensor x_{context_, Dims{2 * kPixels}}, h_{context_, Dims{3 * kPixels}}, dh_{context_, Dims{3 * kPixels}},
      y_{context_, Dims{2 * kPixels}}, dy_{context_, Dims{2 * kPixels}}, target_{context_, Dims{2 * kPixels}};
};

class TrainingStep : public testing::TestWithParam<cln_math> {};

TEST_P(TrainingStep, CopiesBackNothingButTheLossThatIsAskedFor) {
  Training training(GetParam());
  float first = NAN, last = NAN, norm = NAN;
  // The first runs make room, the second are recorded, the others replayed.
  for (int step = 0; step < 4; ++step) {
    SCOPED_TRACE(step);
    std::int64_t before = waits(), copied = copied_to_host();
    training.gradients(nullptr);
    training.optimizer().step(nullptr);
    EXPECT_EQ(waits(), before);
    EXPECT_EQ(copied_to_host(), copied);
    training.gradients(&last);
    EXPECT_EQ(waits(), before + 1) << "the loss";
    EXPECT_EQ(copied_to_host(), copied + 4);
    training.optimizer().step(&norm);
    EXPECT_EQ(waits(), before + 2) << "the norm of the gradients";
    EXPECT_TRUE(std::isfinite(norm));
    if (step == 0) first = last;
  }
  EXPECT_LT(last, first);
  EXPECT_EQ(training.optimizer().step_count(), 8);
}

TEST_P(TrainingStep, WhoseGradientsAreNotFinite_IsSkippedByTheDeviceAndTrainingGoesOn) {
  Training training(GetParam());
  float first = NAN, last = NAN;
  training.gradients(&first);
  training.optimizer().step(nullptr);
  const std::vector<float> kept = training.parameters();
  training.aim_at(NAN);
  const std::int64_t before = waits();
  for (int i = 0; i < 2; ++i) {
    training.gradients(nullptr);
    training.optimizer().step(nullptr);
  }
  EXPECT_EQ(waits(), before);
  EXPECT_EQ(training.parameters(), kept);
  try {
    training.optimizer().step_count();
    FAIL() << "nothing told of the steps that were skipped";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), CLN_NOT_FINITE);
    EXPECT_NE(std::string(error.what()).find("2 of the steps"), std::string::npos) << error.what();
  }
  EXPECT_EQ(training.optimizer().step_count(), 1);
  training.aim_at(1.0f);
  for (int i = 0; i < 4; ++i) {
    training.gradients(&last);
    training.optimizer().step(nullptr);
  }
  EXPECT_EQ(training.optimizer().step_count(), 5);
  EXPECT_LT(last, first);
}

INSTANTIATE_TEST_SUITE_P(Maths, TrainingStep,
                         testing::Values(CLN_MATH_FLOAT32, CLN_MATH_TF32, CLN_MATH_BFLOAT16,
                                         CLN_MATH_FLOAT16));

}  // namespace
}  // namespace convlstm::test
