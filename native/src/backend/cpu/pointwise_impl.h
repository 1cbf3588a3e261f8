// The kernels of pointwise.h, included by the file of each instruction set through kernels_impl.h.
#pragma once

#include "backend/cpu/half_memory.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/runtime_math.h"
#include "cell/cell_stages.h"

namespace convlstm::cpu {

template <typename S>
struct PointwiseSet : HalfMemory<S> {
  using V = typename S::V;
  using I = typename S::I;
  using Stages = CellStages<V, RuntimeMath<S>>;
  using Halves = HalfMemory<S>;
  using Halves::load, Halves::store, Halves::masked;
  static constexpr int kLanes = S::kLanes;
  static constexpr std::int64_t kChunk = 64;  // vectors that are summed in single precision

  static V read(const PointwiseRead& from, std::int64_t place) {
    const V constant = S::broadcast(from.constant);
    if (from.data == nullptr) return constant;
    if (from.stored == Stored::kFloat) return load(static_cast<const float*>(from.data) + place) + constant;
    const auto* half = static_cast<const std::uint16_t*>(from.data) + place;
    return (from.stored == Stored::kBfloat16 ? Halves::load_bfloat16(half) : Halves::load_unit(half)) +
           constant;
  }

  static void write(const PointwiseWrite& to, std::int64_t place, V v) {
    if (to.data == nullptr) return;
    if (to.stored == Stored::kFloat) return store(static_cast<float*>(to.data) + place, v);
    auto* half = static_cast<std::uint16_t*>(to.data) + place;
    if (to.stored == Stored::kBfloat16) return Halves::store_bfloat16(half, v);
    Halves::store_unit(half, v);
  }

  static double sum(V v) {
    float lanes[kLanes];
    store(lanes, v);
    double total = 0;
    for (const float lane : lanes) total += static_cast<double>(lane);
    return total;
  }

  template <typename Stage>
  static void pointwise(Pointwise& a) {
    static_assert(Stage::kReads <= kMaxReads && Stage::kWrites <= kMaxWrites &&
                  Stage::kSums <= kMaxPointwiseSums);
    const RuntimeMath<S> math(a.gate, a.cell, a.clip);
    for (double& total : a.sums) total = 0;
    for (std::int64_t first = 0; first < a.count; first += kChunk) {
      V totals[Stage::kSums > 0 ? Stage::kSums : 1] = {};
      for (std::int64_t v = first; v < (first + kChunk < a.count ? first + kChunk : a.count); ++v) {
        const std::int64_t place = a.places[v].body;
        V in[Stage::kReads], out[Stage::kWrites];
#pragma GCC unroll 16
        for (int k = 0; k < Stage::kReads; ++k) in[k] = read(a.reads[k], place);
        Stage::run(math, in, out);
#pragma GCC unroll 16
        for (int k = 0; k < Stage::kWrites; ++k) {
          out[k] = masked(out[k], a.places[v].mask);
          write(a.writes[k], place, out[k]);
        }
#pragma GCC unroll 16
        for (int k = 0; k < Stage::kSums; ++k) totals[k] += out[k];
      }
      for (int k = 0; k < Stage::kSums; ++k) a.sums[k] += sum(totals[k]);
    }
  }

  static constexpr void fill(PointwiseKernel* table) {
    table[kLstmForward] = pointwise<typename Stages::LstmForward>;
    table[kLstmBackward] = pointwise<typename Stages::LstmBackward>;
    table[kGruOpenForward] = pointwise<typename Stages::GruOpenForward>;
    table[kGruOpenBackward] = pointwise<typename Stages::GruOpenBackward>;
    table[kGruCloseForward] = pointwise<typename Stages::GruCloseForward>;
    table[kGruCloseBackward] = pointwise<typename Stages::GruCloseBackward>;
    table[kGruAfterForward] = pointwise<typename Stages::GruAfterForward>;
    table[kGruAfterBackward] = pointwise<typename Stages::GruAfterBackward>;
    table[kStUpdateForward] = pointwise<typename Stages::StUpdateForward>;
    table[kStUpdateBackward] = pointwise<typename Stages::StUpdateBackward>;
    table[kStOutputForward] = pointwise<typename Stages::StOutputForward>;
    table[kStOutputBackward] = pointwise<typename Stages::StOutputBackward>;
  }
};

}  // namespace convlstm::cpu
