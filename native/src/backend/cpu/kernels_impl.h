// The kernels, written once over a vector type and included by one file for each instruction set (see
// kernels.h for what those files may not do).
#pragma once

#include <utility>

#include "backend/cpu/cell_math.h"
#include "backend/cpu/gradient_impl.h"
#include "backend/cpu/half_memory.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/normalization_impl.h"
#include "backend/cpu/pointwise_impl.h"
#include "backend/cpu/product_impl.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/winograd_impl.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

template <typename S>
struct KernelSet : HalfMemory<S> {
  using V = typename S::V;
  using I = typename S::I;
  using Math = VectorMath<S>;
  using Halves = HalfMemory<S>;
  using Halves::load, Halves::store, Halves::masked;
  static constexpr int kLanes = S::kLanes;
  static constexpr int kRows = S::kRows;
  static constexpr int kVectors = S::kVectors;
  static constexpr int kChannels = kRows / 4;
  static constexpr int kStride = kVectors * kLanes;  // of a row of sums
  static_assert(kRows * kStride <= kMaxSums);

  static void store_sums(const StoredSums& a) {
    for (int row = 0; row < a.rows; ++row)
      for (int v = 0; v < a.vectors; ++v) {
        const V sum = masked(load(a.sums + row * kStride + v * kLanes), a.places[v].mask);
        float* to = a.to + row * a.row_stride + a.places[v].body;
        store(to, a.adds ? load(to) + sum : sum);
      }
  }

  template <typename Cell>
  static void forward_gates(const ForwardGates& a) {
    if (a.gates != nullptr || a.half_gates != nullptr)
      forward_cells<Cell, true>(a);
    else
      forward_cells<Cell, false>(a);
    if (a.h_pairs != nullptr) store_pairs(a);
  }

  // One half of the step for all cells of the block, then the other: the processor looks ahead over a few
  // cells, which hides how long one takes.
  template <typename Cell, bool kKeepsGates>
  static void forward_cells(const ForwardGates& a) {
    const Cell math{S::broadcast(a.clip)};
    V c[kChannels][kVectors];
    conv_lstm::Step<V> kept[kKeepsGates ? kChannels : 1][kVectors];
    const auto pre = [&](int gate, int channel, int v) {
      const int row = gate * kChannels + channel;
      return load(a.sums + row * kStride + v * kLanes) + S::broadcast(a.bias[row]);
    };
    const auto peepholes = [&](int channel) {
      const float* p = a.peephole + channel;
      return conv_lstm::Peepholes<V>{S::broadcast(p[0]), S::broadcast(p[kChannels]),
                                     S::broadcast(p[2 * kChannels])};
    };
    for (int channel = 0; channel < a.channels; ++channel)
      for (int v = 0; v < a.vectors; ++v) {
        const float* dense = a.dense.c_before[v];
        const V c_before = load(dense != nullptr ? dense + channel * a.dense.stride
                                                 : a.c_before + channel * a.body_stride + a.places[v].body);
        conv_lstm::Step<V> s;
        conv_lstm::update_cell<Cell, V>(math, pre(conv_lstm::kI, channel, v), pre(conv_lstm::kF, channel, v),
                                        pre(conv_lstm::kG, channel, v), peepholes(channel), c_before, s);
        c[channel][v] = s.c;
        if constexpr (kKeepsGates) kept[channel][v] = s;
      }
    for (int channel = 0; channel < a.channels; ++channel)
      for (int v = 0; v < a.vectors; ++v) {
        conv_lstm::Step<V> s;
        if constexpr (kKeepsGates) s = kept[channel][v];
        s.c = c[channel][v];
        conv_lstm::update_hidden<Cell, V>(math, pre(conv_lstm::kO, channel, v), peepholes(channel), s);
        store_states(a, channel, v, s);
        if constexpr (kKeepsGates) store_gates(a, channel * a.body_stride + a.places[v].body, s);
      }
  }

  static void store_states(const ForwardGates& a, int channel, int v, const conv_lstm::Step<V>& s) {
    const VectorPlace& place = a.places[v];
    const std::int64_t dense = channel * a.dense.stride;
    const V h = masked(s.h, place.mask);
    store(a.dense.c[v] != nullptr ? a.dense.c[v] + dense : a.c + channel * a.body_stride + place.body,
          masked(s.c, place.mask));
    if (a.h != nullptr) store(a.h + channel * a.plane_stride + place.plane, h);
    if (a.dense.h[v] != nullptr) store(a.dense.h[v] + dense, h);
    if (a.dense.y[v] != nullptr) store(a.dense.y[v] + dense, h);
    store(a.sums + channel * kStride + v * kLanes, h);  // rows of gate i, no longer needed
  }

  static void store_gates(const ForwardGates& a, std::int64_t body, const conv_lstm::Step<V>& s) {
    if (a.gates != nullptr) {
      store(a.gates + body, s.gates.i);
      store(a.gates + a.gate_stride + body, s.gates.f);
      store(a.gates + 2 * a.gate_stride + body, s.gates.g);
      store(a.gates + 3 * a.gate_stride + body, s.gates.o);
      store(a.cell_c + body, s.cell_c);
    }
    if (a.half_gates != nullptr) {
      Halves::store_unit(a.half_gates + body, s.gates.i);
      Halves::store_unit(a.half_gates + a.gate_stride + body, s.gates.f);
      Halves::store_bfloat16(a.half_gates + 2 * a.gate_stride + body, s.gates.g);
      Halves::store_unit(a.half_gates + 3 * a.gate_stride + body, s.gates.o);
    }
  }

  static void store_pairs(const ForwardGates& a) {
    for (int channel = 0; channel + 1 < kChannels; channel += 2)
      for (int v = 0; v < a.vectors; ++v) {
        const float* h = a.sums + channel * kStride + v * kLanes;
        const V odd = channel + 1 < a.channels ? load(h + kStride) : V{};
        store(a.h_pairs + channel / 2 * a.plane_stride + a.places[v].plane, Halves::join(load(h), odd));
      }
  }

  template <typename Cell>
  static void backward_gates(const BackwardGates& a) {
    const Cell math{S::broadcast(a.clip)};
    for (int channel = 0; channel < a.channels; ++channel) {
      const auto peephole = [&](int part) {
        return S::broadcast(a.peephole[part * a.peephole_stride + channel]);
      };
      const conv_lstm::Peepholes<V> p{peephole(0), peephole(1), peephole(2)};
      for (int v = 0; v < a.vectors; ++v) {
        const std::int64_t body = channel * a.body_stride + a.places[v].body;
        const std::int32_t* mask = a.places[v].mask;
        const std::uint16_t* half = a.half_gates;
        const auto gate = [&](int g) {
          const std::int64_t at = g * a.gate_stride + body;
          if (half == nullptr) return load(a.gates + at);
          return g == conv_lstm::kG ? Halves::load_bfloat16(half + at) : Halves::load_unit(half + at);
        };
        const V c = load(a.c + body);
        const conv_lstm::StepGradient<V> d = conv_lstm::backward<Cell, V>(
            math, {gate(0), gate(1), gate(2), gate(3)}, p, load(a.c_before + body), c,
            half == nullptr ? load(a.cell_c + body) : Cell::cell(c),
            load(a.sums + channel * kStride + v * kLanes), load(a.dc + body));
        store(a.dc + body, masked(d.c_before, mask));
        float* dpre = a.dpre + channel * a.plane_stride + a.places[v].plane;
        store(dpre, masked(d.pre.i, mask));
        store(dpre + a.dpre_gate_stride, masked(d.pre.f, mask));
        store(dpre + 2 * a.dpre_gate_stride, masked(d.pre.g, mask));
        store(dpre + 3 * a.dpre_gate_stride, masked(d.pre.o, mask));
      }
    }
  }

  static float dot(const float* a, const float* b, const VectorPlace* places, std::int64_t count) {
    V total{};
    for (std::int64_t v = 0; v < count; ++v)
      total = S::fma(load(a + places[v].plane), load(b + places[v].body), total);
    float sums[kGradientRows];
    S::sum4(total, V{}, V{}, V{}, sums);
    return sums[0];
  }

  template <V (*Function)(V)>
  static void apply(float* data, std::int64_t count) {
    std::int64_t k = 0;
    for (; k + kLanes <= count; k += kLanes) store(data + k, Function(load(data + k)));
    if (k == count) return;
    float rest[kLanes] = {};
    for (std::int64_t j = k; j < count; ++j) rest[j - k] = data[j];
    store(rest, Function(load(rest)));
    for (std::int64_t j = k; j < count; ++j) data[j] = rest[j - k];
  }

  template <int Gate, int Cell, bool Clips>
  static constexpr void add_cell(Kernels& kernels) {
    constexpr auto gate = static_cast<cln_gate_activation>(Gate);
    constexpr auto cell = static_cast<cln_cell_activation>(Cell);
    using Exact = CellMath<S, gate, cell, Clips>;
    kernels.forward_gates[Gate][Cell][Clips] = forward_gates<Exact>;
    kernels.half_forward_gates[Gate][Cell][Clips] =
        forward_gates<CellMath<S, gate, cell, Clips, ApproximateMath<S>>>;
    kernels.backward_gates[Gate][Cell][Clips] = backward_gates<Exact>;
  }
  template <int Gate, int... Cells>
  static constexpr void add_cells(Kernels& kernels, std::integer_sequence<int, Cells...>) {
    (add_cell<Gate, Cells, false>(kernels), ...);
    (add_cell<Gate, Cells, true>(kernels), ...);
  }
  template <int... Gates>
  static constexpr void add_gates(Kernels& kernels, std::integer_sequence<int, Gates...>) {
    (add_cells<Gates>(kernels, std::make_integer_sequence<int, kCellActivations>()), ...);
  }

  static constexpr Kernels table(const char* name) {
    Kernels kernels{name,
                    kLanes,
                    kRows,
                    kChannels,
                    kVectors,
                    S::kGradientColumns,
                    ProductSet<S>::multiply,
                    ProductSet<WidenedPairs<S>>::multiply,
                    Halves::join_pairs,
                    Halves::split_pairs,
                    store_sums,
                    {},
                    {},
                    {},
                    GradientSet<S, float>::gradient,
                    GradientSet<WidenedPairs<S>, std::uint16_t>::gradient,
                    dot,
                    apply<Math::sigmoid>,
                    apply<Math::tanh>,
                    {},
                    NormSet<S>::table(),
                    WinogradSet<S>::table()};
    PointwiseSet<S>::fill(kernels.pointwise);
    add_gates(kernels, std::make_integer_sequence<int, kGateActivations>());
    return kernels;
  }
};

}  // namespace convlstm::cpu
