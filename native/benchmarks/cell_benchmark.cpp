// One layer over 64 x 64 pixels, 64 channels to 64, 3x3, four steps: what each cell and knob makes of the
// machine. The shapes of the project are all plain ConvLSTMs.
#include "cell_benchmark.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <string>

#include "backend/backend.h"
#include "cell/multiply_adds.h"
#include "cell/parameters.h"
#include "core/random.h"
#include "peak.h"

namespace convlstm::benchmarks {
namespace {

constexpr std::int64_t kChannels = 64, kSteps = 4;
constexpr InputShape kShape{1, {64, 64}};
constexpr std::int64_t kFrame = kChannels * 64 * 64;

using Floats = std::vector<float>;

class Layer {
 public:
  Layer(const RecurrentDesc& desc, int threads)
      : desc_(desc), backend_(make_backend(CLN_DEVICE_CPU, 0, threads)) {
    Random random(1);
    const float bound = 1.0f / std::sqrt(9.0f * kChannels);
    for (const ParameterShape& shape : parameters_of(desc, 2, kShape.size)) {
      Floats& values = parameters_.emplace_back(static_cast<std::size_t>(shape.count));
      for (float& value : values) value = random.uniform(-bound, bound);
      views_.data[shape.place] = values.data();
      gradients_[shape.place] = gradient_values_.emplace_back(values.size()).data();
    }
    views_.packed = &packed_;
    x_.resize(kSteps * kFrame);
    for (float& value : x_) value = random.uniform(-1.0f, 1.0f);
    y_ = dy_ = x_;
    executor_ = backend_->make_executor(desc, kShape, "");
  }
  ~Layer() { backend_->release(reserve_); }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  std::string label() const { return std::string(executor_->name()) + ' ' + backend_->instruction_set(); }
  const char* instruction_set() const { return backend_->instruction_set(); }

  void forward(bool trains) {
    if (trains && reserve_ == nullptr) reserve_ = backend_->allocate(executor_->reserve_bytes(kSteps));
    ForwardCall call;
    describe(call, trains);
    call.y = {y_.data(), kFrame, kFrame};
    call.reserve = trains ? reserve_ : nullptr;
    executor_->forward(call);
  }

  void train() {
    forward(true);
    BackwardCall call;
    describe(call, true);
    call.reserve = reserve_;
    call.dy = {dy_.data(), kFrame, kFrame};
    call.gradients = {&gradients_, 1};
    executor_->backward(call);
  }

 private:
  void describe(SequenceCall& call, bool trains) const {
    call.steps = kSteps;
    call.input = {0, kSteps};
    call.x = {x_.data(), kFrame, kFrame};
    call.parameters = {&views_, 1};
    call.dropout = {trains && (desc_.input_dropout > 0 || desc_.recurrent_dropout > 0), 1};
  }

  RecurrentDesc desc_;
  std::shared_ptr<Backend> backend_;
  std::unique_ptr<Executor> executor_;
  PackedCache packed_;
  ParameterViews views_;
  Gradients gradients_{};
  std::vector<Floats> parameters_, gradient_values_;
  Floats x_, y_, dy_;
  void* reserve_ = nullptr;
};

void run(benchmark::State& state, const RecurrentDesc& desc, int threads, bool trains) {
  Layer layer(desc, threads);
  const auto once = [&] { trains ? layer.train() : layer.forward(false); };
  once();  // lays the weights out
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) once();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const double peak = PeakProbe(layer.instruction_set(), threads).best();
  // A training step multiplies three times as much, but for the gradient by the input.
  const double all = 2.0 * kSteps * multiply_adds_of(desc, kShape.size);
  RecurrentDesc without_input = desc;
  without_input.input_channels = 0;
  const double recurrent = 2.0 * kSteps * multiply_adds_of(without_input, kShape.size);
  const double operations = trains ? 2 * all + recurrent : all;
  const double rate = operations * static_cast<double>(state.iterations()) / time.count() * 1e-9;
  state.counters["GFLOP/s"] = rate;
  state.counters["of_fma_peak"] = rate / peak;
  state.SetLabel(layer.label());
}

RecurrentDesc plain() {
  RecurrentDesc desc;
  desc.input_channels = desc.hidden_channels = kChannels;
  return desc;
}

std::vector<std::pair<std::string, RecurrentDesc>> all_cells() {
  std::vector<std::pair<std::string, RecurrentDesc>> all{{"conv_lstm", plain()}};
  const auto add = [&](const char* name, const auto& change) {
    change(all.emplace_back(name, plain()).second);
  };
  add("hard_sigmoid", [](RecurrentDesc& d) { d.gate_activation = CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2; });
  add("peephole_channel", [](RecurrentDesc& d) { d.peephole = CLN_PEEPHOLE_PER_CHANNEL; });
  add("peephole_pixel", [](RecurrentDesc& d) { d.peephole = CLN_PEEPHOLE_PER_PIXEL; });
  add("dropout", [](RecurrentDesc& d) { d.input_dropout = d.recurrent_dropout = 0.2f; });
  add("layer_norm", [](RecurrentDesc& d) { d.normalization = CLN_NORMALIZATION_LAYER; });
  add("group_norm", [](RecurrentDesc& d) {
    d.normalization = CLN_NORMALIZATION_GROUP;
    d.norm_group_channels = 16;
  });
  add("conv_gru", [](RecurrentDesc& d) { d.cell = CLN_CELL_CONV_GRU; });
  add("conv_gru_reset_after", [](RecurrentDesc& d) {
    d.cell = CLN_CELL_CONV_GRU_RESET_AFTER;
    d.bias = CLN_BIAS_TWO;
  });
  add("st_lstm", [](RecurrentDesc& d) { d.cell = CLN_CELL_ST_LSTM; });
  return all;
}

}  // namespace

void register_cell_benchmarks(const Options& options) {
  for (const auto& [name, desc] : all_cells())
    for (const cln_storage storage : {CLN_STORAGE_FLOAT32, CLN_STORAGE_BFLOAT16})
      for (const bool trains : {false, true}) {
        RecurrentDesc stored = desc;
        stored.storage = storage;
        const std::string row = "cells/" + name + (storage == CLN_STORAGE_FLOAT32 ? "/fp32" : "/bf16") +
                                (trains ? "/train" : "/forward");
        benchmark::RegisterBenchmark(
            row.c_str(), [=](benchmark::State& state) { run(state, stored, options.threads, trains); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      }
}

}  // namespace convlstm::benchmarks
