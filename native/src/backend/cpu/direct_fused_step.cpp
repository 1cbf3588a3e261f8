// A step forward: one product, whose sums go through the gates tile by tile.
#include <algorithm>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/product.h"

namespace convlstm::cpu {

DenseVectors DirectFused::dense_vectors(const Step& step, const Block& block) const {
  const ForwardCall& call = step.call;
  const float* c_before = step.t == 0 && !step.is_training() ? part_of(call.initial, kCell) : nullptr;
  float* c = step.is_last() && !step.is_training() ? part_of(call.final, kCell) : nullptr;
  float* h = step.is_last() ? part_of(call.final, kHidden) : nullptr;
  const bool has_y = call.y.data != nullptr && call.y.pixel_stride == 1 && emits(step.t, call.steps);
  DenseVectors dense;
  dense.stride = area_;
  for (int v = 0; v < block.vectors; ++v) {
    const std::int64_t place = geometry_.pixels().dense_place(block.vector + v);
    if (place < 0) continue;
    const std::int64_t n = geometry_.image_of(block.vector + v);
    const std::int64_t state = (n * desc_.hidden_channels + block.channel) * area_ + place;
    if (c_before != nullptr) dense.c_before[v] = c_before + state;
    if (c != nullptr) dense.c[v] = c + state;
    if (h != nullptr) dense.h[v] = h + state;
    if (has_y && call.mask.does_emit(step.t, n)) dense.y[v] = y_plane(call, step.t, n, block.channel) + place;
  }
  return dense;
}

ForwardGates DirectFused::gates_of(const Step& step, const Block& block) const {
  const RecurrentTape& tape = step.tape;
  const std::int64_t t = step.t, channel = block.channel, body = channel * geometry_.body_stride();
  const int channels = device_.kernels.block_channels;
  float* h = tape.h.at(t + 1) + geometry_.origin();
  ForwardGates gates;
  gates.sums = block.sums;
  gates.places = geometry_.places() + block.vector;
  gates.vectors = block.vectors;
  gates.channels = static_cast<int>(std::min<std::int64_t>(channels, desc_.hidden_channels - channel));
  gates.bias = step.form.bias.data() + channel * 4;
  gates.peephole = step.form.peephole.data() + channel * 3;
  gates.c_before = tape.c.at(t) + body;
  gates.c = tape.c.at(t + 1) + body;
  gates.h = is_half_ ? nullptr : h + channel * geometry_.plane_stride();
  gates.h_pairs = is_half_ && channels % 2 == 0 ? h + channel / 2 * geometry_.plane_stride() : nullptr;
  const bool keeps_floats = step.is_training() && !is_half_, keeps_halves = step.is_training() && is_half_;
  gates.gates = keeps_floats ? tape.gates.at(t) + body : nullptr;
  gates.cell_c = keeps_floats ? tape.cell_c.at(t) + body : nullptr;
  gates.half_gates = keeps_halves ? reinterpret_cast<std::uint16_t*>(tape.gates.at(t)) + body : nullptr;
  gates.body_stride = geometry_.body_stride();
  gates.plane_stride = geometry_.plane_stride();
  gates.gate_stride = desc_.hidden_channels * geometry_.body_stride();
  gates.dense = dense_vectors(step, block);
  gates.clip = desc_.cell_clip;
  return gates;
}

void DirectFused::apply_gates(const Step& step, const Block& block) const {
  const ForwardGates gates = gates_of(step, block);
  forward_gates_(gates);
  for (int v = 0; is_half_ && gates.h_pairs == nullptr && v < block.vectors; ++v)
    store_pairs(row_of(block, 0, v), row_stride(), block.channel, gates.channels,
                step.tape.h.at(step.t + 1) + geometry_.origin() + gates.places[v].plane);
  if (keeps_float_h()) keep_float_h(gates, block);
  store_rest(step, gates, block);
}

// What of y and the final state the kernel has not stored: vectors with gaps, and y of a step that gives
// zeros.
void DirectFused::store_rest(const Step& step, const ForwardGates& gates, const Block& block) const {
  static constexpr float kZeros[kMaxLanes] = {};
  const ForwardCall& call = step.call;
  const bool has_y = call.y.data != nullptr && emits(step.t, call.steps);
  float* const h = step.is_last() ? part_of(call.final, kHidden) : nullptr;
  float* const c = step.is_last() ? part_of(call.final, kCell) : nullptr;
  for (int v = 0; v < block.vectors; ++v) {
    const std::int64_t vector = block.vector + v, n = geometry_.image_of(vector);
    const bool rest_y = has_y && gates.dense.y[v] == nullptr;
    const bool rest_h = h != nullptr && gates.dense.h[v] == nullptr;
    const bool rest_c = c != nullptr && gates.dense.c[v] == nullptr;
    if (!rest_y && !rest_h && !rest_c) continue;
    for (std::int64_t k = 0; k < gates.channels; ++k) {
      const float* row = row_of(block, k, v);
      const std::int64_t state = (n * desc_.hidden_channels + block.channel + k) * area_;
      if (rest_y)
        geometry_.store_vector(call.mask.does_emit(step.t, n) ? row : kZeros, vector,
                               y_plane(call, step.t, n, block.channel + k), call.y.pixel_stride);
      if (rest_h) geometry_.store_vector(row, vector, h + state);
      if (rest_c)
        geometry_.store_vector(gates.c + k * gates.body_stride + gates.places[v].body, vector, c + state);
    }
  }
}

void DirectFused::run_step(const Step& step) {
  const ForwardCall& call = step.call;
  const RecurrentTape& tape = step.tape;
  const std::int64_t t = step.t;
  const std::int64_t origin = geometry_.origin(), channels = device_.kernels.block_channels;
  // Input of the next step, packed by all threads beside their product.
  const auto pack_next = [&](std::int64_t part, std::int64_t parts) {
    if (step.is_training() || step.is_last() || !has_input(call, t + 1)) return;
    for (std::int64_t k = input_planes_ * part / parts; k < input_planes_ * (part + 1) / parts; ++k)
      pack_x(call, tape, t + 1, k);
  };
  const Terms input{nullptr, input_terms_.data(), static_cast<std::int64_t>(input_terms_.size())};
  const Terms hidden{tape.h.at(t) + origin, hidden_terms_.data(),
                     static_cast<std::int64_t>(hidden_terms_.size())};
  ProductTask task{{input, hidden},
                   &step.form.weights,
                   planes_of(desc_.input_channels) + planes_of(desc_.hidden_channels)};
  if (has_input(call, t)) {
    task.terms[0].base = tape.x.at(t) + origin;
  } else {
    task.skipped = task.terms[0].count;
    task.terms[0].count = 0;
  }
  run_product(
      device_, geometry_.pixels(), task, pack_next,
      [&](std::int64_t block, std::int64_t vector, int vectors, float* sums) {
        for_active(call, t, {block * channels, vector, vectors, sums},
                   [&](const Block& part, bool is_active) {
                     is_active ? apply_gates(step, part) : keep_states(step, part);
                   });
      },
      [&](std::int64_t vector, int vectors) { return has_active(call, t, vector, vectors); });
}

}  // namespace convlstm::cpu
