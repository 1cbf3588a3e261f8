#include "layer_benchmark.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "cell/parameters.h"
#include "core/random.h"
#include "peak.h"

namespace convlstm::benchmarks {
namespace {

struct Shape {
  const char* id;
  std::int64_t size, inputs, hidden, kernel, steps, batch;
  int layers;
};

constexpr Shape kShapes[] = {
    {"seed", 5, 3, 10, 3, 10, 1, 1},   {"mm3", 64, 1, 64, 3, 10, 1, 1},   {"mm5", 64, 1, 64, 5, 10, 1, 1},
    {"wide", 64, 1, 128, 3, 10, 1, 1}, {"stl", 16, 16, 128, 5, 19, 1, 4}, {"radar", 256, 1, 64, 3, 2, 1, 1},
    {"small", 32, 1, 32, 3, 10, 8, 1}, {"step", 64, 64, 64, 3, 1, 1, 1},
};

using Floats = std::vector<float>;

// One layer of a stack: what it needs for a forward and a backward.
struct Layer {
  Layer(Backend& backend, const Shape& shape, std::int64_t layer_inputs, Random& random)
      : inputs(layer_inputs), area(shape.size * shape.size), state(shape.batch * shape.hidden * area) {
    RecurrentDesc desc;
    desc.input_channels = inputs;
    desc.hidden_channels = shape.hidden;
    desc.input.kernel = desc.recurrent_kernel = {shape.kernel, shape.kernel};
    executor = backend.make_executor(desc, {shape.batch, {shape.size, shape.size}}, "");
    for (const ParameterShape& parameter : parameters_of(LayerDesc(desc), 2, {})) {
      Floats& values = parameters.emplace_back(static_cast<std::size_t>(parameter.count), 0.0f);
      for (float& value : values) value = random.uniform(-0.05f, 0.05f);
      gradients.emplace_back(values.size(), 0.0f);
      views.data[parameter.place] = values.data();
      gradient_views[parameter.place] = gradients.back().data();
    }
    views.packed = &packed;
    const std::size_t count = static_cast<std::size_t>(shape.steps * state);
    y = Floats(count, 0.0f);
    dy = Floats(count, 1e-3f);
    dx = Floats(static_cast<std::size_t>(shape.steps * shape.batch * inputs * area), 0.0f);
  }

  std::int64_t inputs, area, state;
  std::unique_ptr<Executor> executor;
  PackedCache packed;
  ParameterViews views;
  Gradients gradient_views{};
  std::vector<Floats> parameters, gradients;  // as parameters_of lists them
  Floats y, dy, dx;
};

struct Stack {
  Stack(Backend& b, const Shape& s) : backend(b), shape(s) {
    Random random(1);
    for (int k = 0; k < shape.layers; ++k)
      layers.push_back(std::make_unique<Layer>(backend, shape, k == 0 ? shape.inputs : shape.hidden, random));
    x = layers.front()->dx;
    for (float& value : x) value = random.uniform(0, 1);
  }
  ~Stack() {
    for (void* reserve : reserves) backend.release(reserve);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  Frames<const float> input(std::size_t k) const {
    const std::int64_t image = layers[k]->inputs * layers[k]->area;
    return {k == 0 ? x.data() : layers[k - 1]->y.data(), shape.batch * image, image};
  }

  void forward(bool training) {
    for (std::size_t k = 0; k < layers.size(); ++k) {
      Layer& layer = *layers[k];
      ForwardCall call;
      call.steps = shape.steps;
      call.input = {0, shape.steps};
      call.x = input(k);
      call.parameters = {&layer.views, 1};
      call.y = {layer.y.data(), layer.state, layer.state / shape.batch};
      if (training && reserves.size() <= k)
        reserves.push_back(backend.allocate(layer.executor->reserve_bytes(shape.steps)));
      if (training) call.reserve = reserves[k];
      layer.executor->forward(call);
    }
  }

  void backward() {
    for (std::size_t k = layers.size(); k-- > 0;) {
      Layer& layer = *layers[k];
      BackwardCall call;
      call.steps = shape.steps;
      call.input = {0, shape.steps};
      call.x = input(k);
      call.parameters = {&layer.views, 1};
      call.reserve = reserves[k];
      call.dy = {layer.dy.data(), layer.state, layer.state / shape.batch};
      if (k > 0)
        call.dx = {layer.dx.data(), shape.batch * layer.inputs * layer.area, layer.inputs * layer.area};
      call.gradients = {&layer.gradient_views, 1};
      layer.executor->backward(call);
    }
  }

  // Floating-point operations of the convolutions. The training step multiplies three times as much, but for
  // the gradients by the first input and by the initial state, which nobody asks for.
  double operations(bool training) const {
    double total = 0;
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const Layer& layer = *layers[k];
      const double one =
          2.0 * 4.0 * static_cast<double>(shape.kernel * shape.kernel * layer.state * shape.steps);
      const double hidden = one * static_cast<double>(shape.hidden),
                   in = one * static_cast<double>(layer.inputs);
      const double per_step = hidden / static_cast<double>(shape.steps);
      total += training ? 3 * hidden - per_step + (k > 0 ? 3 : 2) * in : hidden + in;
    }
    return total;
  }

  Backend& backend;
  Shape shape;
  std::vector<std::unique_ptr<Layer>> layers;
  std::vector<void*> reserves;
  Floats x;
};

void run(benchmark::State& state, const Shape& shape, int threads, bool training) {
  const auto backend = make_backend(CLN_DEVICE_CPU, 0, threads);
  Stack stack(*backend, shape);
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    stack.forward(training);
    if (training) stack.backward();
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  // Measured beside the run: the machine may be shared.
  const double peak = measure_peak(backend->instruction_set(), threads);
  const double total = stack.operations(training) * static_cast<double>(state.iterations()) * 1e-9;
  state.counters["GFLOP/s"] = total / time.count();
  state.counters["peak_GFLOP/s"] = peak;
  state.counters["share_of_peak"] = total / time.count() / peak;
  state.SetLabel(backend->instruction_set());
}

}  // namespace

void register_layer_benchmarks(int threads) {
  for (const bool training : {false, true})
    for (const Shape& shape : kShapes) {
      const std::string name = std::string(training ? "train/" : "forward/") + shape.id;
      benchmark::RegisterBenchmark(
          name.c_str(),
          [&shape, threads, training](benchmark::State& state) { run(state, shape, threads, training); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
}

}  // namespace convlstm::benchmarks
