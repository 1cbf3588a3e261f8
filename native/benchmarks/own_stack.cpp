#include "own_stack.h"

#include <cstdlib>

namespace convlstm::benchmarks {

struct OwnStack::Layer {
  Layer(Backend& b, const Workload& workload, int index, const Mode& mode, bool is_training)
      : backend(b), weights(workload.layers[static_cast<std::size_t>(index)]) {
    const Shape& shape = workload.shape;
    RecurrentDesc desc;
    desc.storage = mode.storage;
    desc.input_channels = shape.inputs_of(index);
    desc.hidden_channels = shape.hidden;
    desc.input.kernel = desc.recurrent_kernel = {shape.kernel, shape.kernel};
    const char* const name = std::getenv("CLN_EXECUTOR");
    executor =
        backend.make_executor(desc, {shape.batch, {shape.size, shape.size}}, name != nullptr ? name : "");
    views.data[kInputKernel] = weights.input_kernel.data();
    views.data[kRecurrentKernel] = weights.recurrent_kernel.data();
    views.data[kGateBias] = weights.bias.data();
    views.packed = &packed;
    y.resize(static_cast<std::size_t>(shape.steps * shape.state_count()));
    hidden = weights.hidden;
    cell = weights.cell;
    if (!is_training) return;
    reserve = backend.allocate(executor->reserve_bytes(shape.steps));
    input_gradient.resize(weights.input_kernel.size());
    recurrent_gradient.resize(weights.recurrent_kernel.size());
    bias_gradient.resize(weights.bias.size());
    gradients[kInputKernel] = input_gradient.data();
    gradients[kRecurrentKernel] = recurrent_gradient.data();
    gradients[kGateBias] = bias_gradient.data();
    if (index > 0) dx.resize(static_cast<std::size_t>(shape.input_count(index)));
  }
  ~Layer() { backend.release(reserve); }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  Backend& backend;
  const LayerWeights& weights;
  std::unique_ptr<Executor> executor;
  PackedCache packed;
  ParameterViews views;
  Gradients gradients{};
  Floats y, dx, hidden, cell, input_gradient, recurrent_gradient, bias_gradient;
  void* reserve = nullptr;
};

OwnStack::OwnStack(const Workload& workload, const Mode& mode, int threads, bool is_training)
    : workload_(workload), backend_(make_backend(CLN_DEVICE_CPU, 0, threads, mode.policy)) {
  for (int index = 0; index < workload.shape.layers; ++index)
    layers_.push_back(std::make_unique<Layer>(*backend_, workload, index, mode, is_training));
}

OwnStack::~OwnStack() = default;

std::string OwnStack::executor() const {
  return layers_.back()->executor->name();
}

void OwnStack::forward() {
  run(Kind::forward);
}

void OwnStack::stream() {
  run(Kind::stream);
}

void OwnStack::train() {
  run(Kind::train);
  backward();
}

const Floats& OwnStack::y() const {
  return layers_.back()->y;
}

const Floats& OwnStack::recurrent_gradient(int layer) const {
  return layers_[static_cast<std::size_t>(layer)]->recurrent_gradient;
}

Frames<const float> OwnStack::input(std::size_t layer) const {
  const std::int64_t image = workload_.shape.inputs_of(static_cast<int>(layer)) * workload_.shape.area();
  return {layer == 0 ? workload_.x.data() : layers_[layer - 1]->y.data(), workload_.shape.batch * image,
          image};
}

void OwnStack::run(Kind kind) {
  const Shape& shape = workload_.shape;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    Layer& layer = *layers_[k];
    const bool streams = kind == Kind::stream;
    const float* const initial[] = {streams ? layer.hidden.data() : layer.weights.hidden.data(),
                                    streams ? layer.cell.data() : layer.weights.cell.data()};
    float* const last[] = {layer.hidden.data(), layer.cell.data()};
    ForwardCall call;
    call.steps = shape.steps;
    call.input = {0, shape.steps};
    call.x = input(k);
    call.parameters = {&layer.views, 1};
    call.initial = initial;
    if (streams) call.final = last;
    call.y = {layer.y.data(), shape.state_count(), shape.hidden * shape.area()};
    if (kind == Kind::train) call.reserve = layer.reserve;
    layer.executor->forward(call);
  }
}

void OwnStack::backward() {
  const Shape& shape = workload_.shape;
  const std::int64_t image = shape.hidden * shape.area();
  for (std::size_t k = layers_.size(); k-- > 0;) {
    Layer& layer = *layers_[k];
    const bool is_top = k + 1 == layers_.size();
    BackwardCall call;
    call.steps = shape.steps;
    call.input = {0, shape.steps};
    call.x = input(k);
    call.parameters = {&layer.views, 1};
    call.reserve = layer.reserve;
    call.dy = {is_top ? workload_.dy.data() : layers_[k + 1]->dx.data(), shape.state_count(), image};
    if (k > 0) call.dx = {layer.dx.data(), shape.state_count(), image};
    call.gradients = {&layer.gradients, 1};
    layer.executor->backward(call);
  }
}

}  // namespace convlstm::benchmarks
