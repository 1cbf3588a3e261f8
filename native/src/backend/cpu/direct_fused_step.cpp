// A step forward: one product, whose sums go through the gates tile by tile.
#include <algorithm>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/product.h"

namespace convlstm::cpu {

DenseVectors DirectFused::dense_vectors(const ForwardCall& call, std::int64_t t, const Block& block) const {
  const bool training = call.reserve != nullptr, is_last = t + 1 == call.steps;
  const float* c_before = t == 0 && !training ? part_of(call.initial, kCell) : nullptr;
  float* c = is_last && !training ? part_of(call.final, kCell) : nullptr;
  float* h = is_last ? part_of(call.final, kHidden) : nullptr;
  const bool has_y = call.y.data != nullptr && call.y.pixel_stride == 1 && emits(t, call.steps);
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
    if (has_y) dense.y[v] = y_plane(call, t, n, block.channel) + place;
  }
  return dense;
}

void DirectFused::apply_gates(const ForwardCall& call, const ForwardForm& form, const RecurrentTape& tape,
                              std::int64_t t, const Block& block, float* sums) const {
  const Kernels& kernels = device_.kernels;
  const int channels = kernels.block_channels;
  const std::int64_t channel = block.channel, body = channel * geometry_.body_stride();
  const auto count = static_cast<int>(std::min<std::int64_t>(channels, desc_.hidden_channels - channel));
  const bool keeps_gates = call.reserve != nullptr, joins_pairs = is_half_ && channels % 2 == 0;
  float* h = tape.h.at(t + 1) + geometry_.origin();
  ForwardGates gates;
  gates.sums = sums;
  gates.places = geometry_.places() + block.vector;
  gates.vectors = block.vectors;
  gates.channels = count;
  gates.bias = form.bias.data() + channel * 4;
  gates.peephole = form.peephole.data() + channel * 3;
  gates.c_before = tape.c.at(t) + body;
  gates.c = tape.c.at(t + 1) + body;
  gates.h = is_half_ ? nullptr : h + channel * geometry_.plane_stride();
  gates.h_pairs = joins_pairs ? h + channel / 2 * geometry_.plane_stride() : nullptr;
  gates.gates = keeps_gates && !is_half_ ? tape.gates.at(t) + body : nullptr;
  gates.cell_c = keeps_gates && !is_half_ ? tape.cell_c.at(t) + body : nullptr;
  gates.half_gates =
      keeps_gates && is_half_ ? reinterpret_cast<std::uint16_t*>(tape.gates.at(t)) + body : nullptr;
  gates.body_stride = geometry_.body_stride();
  gates.plane_stride = geometry_.plane_stride();
  gates.gate_stride = desc_.hidden_channels * geometry_.body_stride();
  gates.dense = dense_vectors(call, t, block);
  gates.clip = desc_.cell_clip;
  forward_gates_(gates);
  for (int v = 0; is_half_ && !joins_pairs && v < block.vectors; ++v)
    store_pairs(sums + v * kernels.lanes, kernels.max_vectors * kernels.lanes, channel, count,
                h + gates.places[v].plane);
  store_rest(call, t, gates, block);
}

// What of y and the final state the kernel has not stored: vectors with gaps.
void DirectFused::store_rest(const ForwardCall& call, std::int64_t t, const ForwardGates& gates,
                             const Block& block) const {
  const bool has_y = call.y.data != nullptr && emits(t, call.steps), is_last = t + 1 == call.steps;
  float* const h = is_last ? part_of(call.final, kHidden) : nullptr;
  float* const c = is_last ? part_of(call.final, kCell) : nullptr;
  for (int v = 0; v < block.vectors; ++v) {
    const std::int64_t vector = block.vector + v, n = geometry_.image_of(vector);
    const bool rest_y = has_y && gates.dense.y[v] == nullptr;
    const bool rest_h = h != nullptr && gates.dense.h[v] == nullptr;
    const bool rest_c = c != nullptr && gates.dense.c[v] == nullptr;
    if (!rest_y && !rest_h && !rest_c) continue;
    for (std::int64_t k = 0; k < gates.channels; ++k) {
      const float* row = gates.sums + (k * device_.kernels.max_vectors + v) * device_.kernels.lanes;
      const std::int64_t state = (n * desc_.hidden_channels + block.channel + k) * area_;
      if (rest_y)
        geometry_.store_vector(row, vector, y_plane(call, t, n, block.channel + k), call.y.pixel_stride);
      if (rest_h) geometry_.store_vector(row, vector, h + state);
      if (rest_c)
        geometry_.store_vector(gates.c + k * gates.body_stride + gates.places[v].body, vector, c + state);
    }
  }
}

void DirectFused::run_step(const ForwardCall& call, const ForwardForm& form, const RecurrentTape& tape,
                           std::int64_t t) {
  const std::int64_t origin = geometry_.origin(), channels = device_.kernels.block_channels;
  const bool training = call.reserve != nullptr;
  // Input of the next step, packed by all threads beside their product.
  const auto pack_next = [&](std::int64_t part, std::int64_t parts) {
    if (training || t + 1 == call.steps || !has_input(call, t + 1)) return;
    for (std::int64_t k = input_planes_ * part / parts; k < input_planes_ * (part + 1) / parts; ++k)
      pack_x(call, tape, t + 1, k);
  };
  const Terms input{nullptr, input_terms_.data(), static_cast<std::int64_t>(input_terms_.size())};
  const Terms hidden{tape.h.at(t) + origin, hidden_terms_.data(),
                     static_cast<std::int64_t>(hidden_terms_.size())};
  ProductTask task{
      {input, hidden}, &form.weights, planes_of(desc_.input_channels) + planes_of(desc_.hidden_channels)};
  if (has_input(call, t)) {
    task.terms[0].base = tape.x.at(t) + origin;
  } else {
    task.skipped = task.terms[0].count;
    task.terms[0].count = 0;
  }
  run_product(device_, geometry_.pixels(), task, pack_next,
              [&](std::int64_t block, std::int64_t vector, int vectors, float* sums) {
                apply_gates(call, form, tape, t, {block * channels, vector, vectors}, sums);
              });
}

}  // namespace convlstm::cpu
