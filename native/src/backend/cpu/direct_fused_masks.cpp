// What masks add to DirectFused: a masked step leaves the state of its sequence as it is, and passes the
// gradients by it on.
#include <algorithm>
#include <functional>

#include "backend/cpu/direct_fused.h"

namespace convlstm::cpu {

bool DirectFused::has_active(const SequenceCall& call, std::int64_t t, std::int64_t vector,
                             int vectors) const {
  const std::int64_t last = geometry_.image_of(vector + vectors - 1);
  for (std::int64_t n = geometry_.image_of(vector); n <= last; ++n)
    if (call.mask.is_active(t, n)) return true;
  return false;
}

void DirectFused::keep_states(const Step& step, const Block& block) const {
  const ForwardGates to = gates_of(step, block);
  const std::int64_t lanes = device_.kernels.lanes;
  const float* h_before = step.tape.h.at(step.t) + geometry_.origin() + block.channel * to.plane_stride;
  const float* float_h = float_h_.data() + block.channel * to.body_stride;
  for (std::int64_t k = 0; k < to.channels; ++k)
    for (int v = 0; v < block.vectors; ++v) {
      const std::int64_t plane = k * to.plane_stride + to.places[v].plane;
      const std::int64_t body = k * to.body_stride + to.places[v].body, dense = k * to.dense.stride;
      float* h = row_of(block, k, v);
      std::copy_n(is_half_ ? float_h + body : h_before + plane, lanes, h);
      if (to.h != nullptr) std::copy_n(h, lanes, to.h + plane);
      if (to.dense.h[v] != nullptr) std::copy_n(h, lanes, to.dense.h[v] + dense);
      if (to.dense.y[v] != nullptr) std::copy_n(h, lanes, to.dense.y[v] + dense);
      const float* c_before =
          to.dense.c_before[v] != nullptr ? to.dense.c_before[v] + dense : to.c_before + body;
      float* c = to.dense.c[v] != nullptr ? to.dense.c[v] + dense : to.c + body;
      if (c != c_before) std::copy_n(c_before, lanes, c);
    }
  for (int v = 0; is_half_ && v < block.vectors; ++v)
    store_pairs(row_of(block, 0, v), row_stride(), block.channel, to.channels,
                step.tape.h.at(step.t + 1) + geometry_.origin() + to.places[v].plane);
  store_rest(step, to, block);
}

void DirectFused::keep_float_h(const ForwardGates& gates, const Block& block) const {
  for (std::int64_t k = 0; k < gates.channels; ++k)
    for (int v = 0; v < block.vectors; ++v)
      std::copy_n(row_of(block, k, v), device_.kernels.lanes,
                  float_h_.data() + (block.channel + k) * gates.body_stride + gates.places[v].body);
}

void DirectFused::pass_gradients(const BackwardStep& step, const Block& block, std::int64_t count) const {
  const std::int64_t F = desc_.hidden_channels, lanes = device_.kernels.lanes;
  const std::int64_t plane_stride = geometry_.plane_stride();
  for (std::int64_t channel = block.channel; channel < block.channel + count; ++channel)
    for (int v = 0; v < block.vectors; ++v) {
      const VectorPlace& place = geometry_.places()[block.vector + v];
      std::copy_n(row_of(block, channel - block.channel, v), lanes,
                  passed_.data() + channel * geometry_.body_stride() + place.body);
      for (std::int64_t gate = 0; gate < 4; ++gate)
        std::fill_n(step.dpre + geometry_.origin() + (gate * F + channel) * plane_stride + place.plane, lanes,
                    0.0f);
    }
}

// What the step after has passed on is taken over.
void DirectFused::add_passed(const Block& block, std::int64_t count) const {
  const std::int64_t lanes = device_.kernels.lanes;
  for (std::int64_t k = 0; k < count; ++k)
    for (int v = 0; v < block.vectors; ++v) {
      float* row = row_of(block, k, v);
      float* passed = passed_.data() + (block.channel + k) * geometry_.body_stride() +
                      geometry_.places()[block.vector + v].body;
      std::transform(row, row + lanes, passed, row, std::plus<>());
      std::fill_n(passed, lanes, 0.0f);
    }
}

}  // namespace convlstm::cpu
