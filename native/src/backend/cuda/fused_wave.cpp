#include "backend/cuda/fused_wave.h"

#include <algorithm>

namespace convlstm::cuda {
namespace {

// The parts of a layer's state among those of the stack.
template <typename T>
std::span<T* const> state_of(std::span<T* const> all, std::size_t layer) {
  constexpr std::size_t kParts = 2;
  return all.empty() ? all : all.subspan(layer * kParts, kParts);
}

// The mark of a step that has been queued; h after it lies in a slot of the same number.
int mark_of(std::size_t layer, std::int64_t t) {
  return static_cast<int>(static_cast<std::int64_t>(layer) * FusedWave::kSlots + t % FusedWave::kSlots);
}

}  // namespace

FusedWave::FusedWave(const std::shared_ptr<Device>& device, std::span<const WaveLayer> layers,
                     std::span<const FusedForm> forms, std::int64_t least_steps)
    : device_(device), least_steps_(least_steps) {
  for (std::size_t l = 0; l < layers.size(); ++l)
    layers_.push_back(std::make_unique<Layer>(device, layers[l], forms[l]));
}

std::size_t FusedWave::workspace_bytes() const {
  std::size_t bytes = memory_.bytes();
  for (const auto& layer : layers_) bytes += layer->forward->bytes();
  return bytes;
}

ForwardCall FusedWave::call_of(const ForwardCall& call, std::size_t layer) const {
  ForwardCall own = call;
  own.parameters = call.parameters.subspan(layer, 1);
  own.initial = state_of(call.initial, layer);
  own.final = state_of(call.final, layer);
  if (layer > 0) {
    own.x = {};
    own.input = {0, call.steps};
  }
  if (layer + 1 < layers_.size()) own.y = {};
  return own;
}

// The same object as long as they are the same: recordings are known by it.
std::shared_ptr<const FusedWave::Weights> FusedWave::weights_of(const ForwardCall& call) {
  Weights weights;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& own = *layers_[l];
    const ParameterViews& parameters = call.parameters[l];
    weights.push_back(
        FusedWeights::of(parameters, device_, own.forward->packing(), tables_of(own.layer, parameters)));
    weights.back()->refresh(parameters);
  }
  if (weights_ == nullptr || *weights_ != weights) weights_ = std::make_shared<Weights>(std::move(weights));
  return weights_;
}

// Over null they only count: bytes of the last one are of all.
std::vector<FusedWave::Part> FusedWave::parts_of(const ForwardCall& call, void* memory) const {
  std::vector<Part> parts;
  std::size_t bytes = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const ForwardCall own = call_of(call, l);
    void* const at = memory != nullptr ? static_cast<char*>(memory) + bytes : nullptr;
    parts.push_back({own, FusedArrays(layers_[l]->layer, FusedUse(own), nullptr, at, 0, kSlots)});
    bytes += parts.back().arrays.bytes;
    parts.back().arrays.bytes = bytes;
  }
  return parts;
}

void FusedWave::forward(const ForwardCall& call) {
  const std::shared_ptr<const Weights> weights = weights_of(call);
  reserve(memory_, device_, parts_of(call, nullptr).back().arrays.bytes, recordings_);
  const std::vector<Part> parts = parts_of(call, memory_.data());
  CallKey key;
  for (const Part& part : parts) key.add(key_of(part.call));
  recordings_.run(device_->stream, key, weights, [&] {
    run_branches(device_->stream, static_cast<int>(layers_.size()), [&] { queue(parts, *weights); });
  });
}

// Front by front, so that whoever is waited for has been queued.
void FusedWave::queue(const std::vector<Part>& parts, const Weights& weights) const {
  const auto layers = static_cast<std::int64_t>(layers_.size());
  const std::int64_t steps = parts.front().call.steps;
  for (std::int64_t front = 0; front < steps + layers - 1; ++front)
    for (std::int64_t l = std::max<std::int64_t>(0, front - steps + 1); l < std::min(layers, front + 1); ++l)
      queue_step(parts, weights, static_cast<std::size_t>(l), front - l);
}

void FusedWave::queue_step(const std::vector<Part>& parts, const Weights& weights, std::size_t layer,
                           std::int64_t t) const {
  const Layer& own = *layers_[layer];
  const Part& part = parts[layer];
  FusedArrays arrays = part.arrays;
  const FusedSequence sequence{own.layer, part.call, arrays, *weights[layer]};
  Stream& stream = device_->stream;
  stream.select(static_cast<int>(layer));
  if (t == 0) sequence.load_states();
  if (layer == 0) {
    if (t % arrays.window == 0) sequence.pack_input({t, std::min(t + arrays.window, part.call.steps)});
  } else {
    stream.wait(mark_of(layer - 1, t));
    const TapePart& below = parts[layer - 1].arrays.h;
    arrays.x = {below.step, 1};
    arrays.x.data = below.at(t + 1);
  }
  // What this step overwrites, the layer above has read.
  if (layer + 1 < layers_.size() && t >= kSlots) stream.wait(mark_of(layer + 1, t - kSlots));
  own.forward->run(sequence, {t, t + 1});
  stream.mark(mark_of(layer, t));
  if (t + 1 == part.call.steps) sequence.store_cell();
}

}  // namespace convlstm::cuda
