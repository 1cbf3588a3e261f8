// The kernels of pointwise.h, included by the file of each instruction set through kernels_impl.h.
#pragma once

#include "backend/cpu/kernels.h"
#include "backend/cpu/runtime_math.h"
#include "backend/cpu/vector_memory.h"
#include "cell/conv_gru.h"
#include "cell/conv_lstm.h"
#include "cell/st_lstm.h"

namespace convlstm::cpu {

// The stages: the operands that pointwise.h lists, from the functions of the cells.
template <typename S>
struct CellStages {
  using V = typename S::V;
  using M = RuntimeMath<S>;

  struct LstmForward {
    static constexpr int kReads = 8, kWrites = 6, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      const auto s =
          conv_lstm::forward<M, V>(math, {in[0], in[1], in[2], in[3]}, {in[5], in[6], in[7]}, in[4]);
      out[0] = s.c;
      out[1] = s.h;
      out[2] = s.gates.i;
      out[3] = s.gates.f;
      out[4] = s.gates.g;
      out[5] = s.gates.o;
    }
  };

  struct LstmBackward {
    static constexpr int kReads = 11, kWrites = 9, kSums = 7;
    static void run(const M& math, const V* in, V* out) {
      const V c_before = in[4], c = in[5];
      const auto d = conv_lstm::backward<M, V>(math, {in[0], in[1], in[2], in[3]}, {in[8], in[9], in[10]},
                                               c_before, c, math.cell(c), in[6], in[7]);
      out[0] = d.pre.i;
      out[1] = d.pre.f;
      out[2] = d.pre.g;
      out[3] = d.pre.o;
      out[4] = d.pre.i * c_before;
      out[5] = d.pre.f * c_before;
      out[6] = d.pre.o * c;
      out[7] = d.c_before;
      out[8] = V{};
    }
  };

  struct GruOpenForward {
    static constexpr int kReads = 3, kWrites = 4, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      const auto s = conv_gru::open<M, V>(math, in[0], in[1], in[2]);
      out[0] = out[2] = s.z;
      out[1] = s.reset_h;
      out[3] = s.r;
    }
  };

  struct GruOpenBackward {
    static constexpr int kReads = 4, kWrites = 2, kSums = 1;
    static void run(const M& math, const V* in, V* out) {
      const auto d = conv_gru::open_backward<M, V>(math, in[0], in[1], in[2]);
      out[0] = d.pre_r;
      out[1] = in[3] + d.h_before;
    }
  };

  struct GruCloseForward {
    static constexpr int kReads = 3, kWrites = 2, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      const auto s = conv_gru::close<M, V>(math, in[0], in[1], in[2]);
      out[0] = s.h;
      out[1] = s.n;
    }
  };

  struct GruCloseBackward {
    static constexpr int kReads = 4, kWrites = 3, kSums = 2;
    static void run(const M& math, const V* in, V* out) {
      const auto d = conv_gru::close_backward<M, V>(math, in[0], in[1], in[2], in[3]);
      out[0] = d.pre_z;
      out[1] = d.pre_n;
      out[2] = d.h_before;
    }
  };

  struct GruAfterForward {
    static constexpr int kReads = 5, kWrites = 5, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      const auto s = conv_gru::forward<M, V>(math, in[0], in[1], in[2], in[3], in[4]);
      out[0] = s.h;
      out[1] = s.z;
      out[2] = s.r;
      out[3] = s.n;
      out[4] = in[3];
    }
  };

  struct GruAfterBackward {
    static constexpr int kReads = 6, kWrites = 5, kSums = 4;
    static void run(const M& math, const V* in, V* out) {
      const auto d = conv_gru::backward<M, V>(math, in[0], in[1], in[2], in[3], in[4], in[5]);
      out[0] = d.pre_z;
      out[1] = d.pre_r;
      out[2] = d.pre_n;
      out[3] = d.hidden_n;
      out[4] = d.h_before;
    }
  };

  struct StUpdateForward {
    static constexpr int kReads = 8, kWrites = 8, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      for (int part = 0; part < 2; ++part) {
        const V* pre = in + 3 * part;
        const auto s = st_lstm::update<M, V>(math, {pre[0], pre[1], pre[2]}, in[6 + part]);
        out[part] = s.after;
        out[2 + 3 * part] = s.gates.i;
        out[3 + 3 * part] = s.gates.f;
        out[4 + 3 * part] = s.gates.g;
      }
    }
  };

  struct StUpdateBackward {
    static constexpr int kReads = 10, kWrites = 8, kSums = 6;
    static void run(const M& math, const V* in, V* out) {
      for (int part = 0; part < 2; ++part) {
        const V* gates = in + 3 * part;
        const auto d =
            st_lstm::update_backward<M, V>(math, {gates[0], gates[1], gates[2]}, in[6 + part], in[8 + part]);
        out[3 * part] = d.pre.i;
        out[1 + 3 * part] = d.pre.f;
        out[2 + 3 * part] = d.pre.g;
        out[6 + part] = d.before;
      }
    }
  };

  struct StOutputForward {
    static constexpr int kReads = 2, kWrites = 3, kSums = 0;
    static void run(const M& math, const V* in, V* out) {
      const auto s = st_lstm::output<M, V>(math, in[0], in[1]);
      out[0] = s.h;
      out[1] = s.o;
      out[2] = s.mixed;
    }
  };

  struct StOutputBackward {
    static constexpr int kReads = 3, kWrites = 3, kSums = 2;
    static void run(const M& math, const V* in, V* out) {
      const auto d = st_lstm::output_backward<M, V>(math, in[0], in[1], in[2]);
      out[0] = d.pre_o;
      out[1] = d.pre_mixed;
      out[2] = V{};
    }
  };
};

template <typename S>
struct PointwiseSet : VectorMemory<S> {
  using V = typename S::V;
  using I = typename S::I;
  using Stages = CellStages<S>;
  using VectorMemory<S>::load, VectorMemory<S>::store, VectorMemory<S>::masked;
  static constexpr int kLanes = S::kLanes;
  using Half = typename S::Half;

  static constexpr float kUnits = 65535.0f;
  static constexpr std::int64_t kChunk = 64;  // vectors that are summed in single precision

  static V read(const PointwiseRead& from, std::int64_t place) {
    const V constant = S::broadcast(from.constant);
    if (from.data == nullptr) return constant;
    if (from.stored == Stored::kFloat) return load(static_cast<const float*>(from.data) + place) + constant;
    Half half;
    __builtin_memcpy(&half, static_cast<const std::uint16_t*>(from.data) + place, sizeof half);
    const I bits = __builtin_convertvector(half, I);
    if (from.stored == Stored::kBfloat16) return __builtin_bit_cast(V, bits << 16) + constant;
    return __builtin_convertvector(bits, V) / S::broadcast(kUnits) + constant;
  }

  static void write(const PointwiseWrite& to, std::int64_t place, V v) {
    if (to.data == nullptr) return;
    if (to.stored == Stored::kFloat) return store(static_cast<float*>(to.data) + place, v);
    I bits;
    if (to.stored == Stored::kBfloat16) {  // to the nearest, ties to even
      bits = __builtin_bit_cast(I, v);
      bits = (bits + (0x7fff + ((bits >> 16) & 1))) >> 16;
    } else {
      bits = __builtin_convertvector(S::fma(v, S::broadcast(kUnits), S::broadcast(0.5f)), I);
      bits += (v < S::broadcast(1.0f)) & (bits > 65534);
      bits -= (v > V{}) & (bits < 1);
    }
    const Half half = __builtin_convertvector(bits, Half);
    __builtin_memcpy(static_cast<std::uint16_t*>(to.data) + place, &half, sizeof half);
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
