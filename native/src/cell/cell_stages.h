// What cells do element by element, once for every backend: a step of a cell is one or two stages, each after
// the convolutions that its sums need (cell_plan.h says which).
#pragma once

#include "cell/conv_gru.h"
#include "cell/conv_lstm.h"
#include "cell/host_device.h"
#include "cell/st_lstm.h"

namespace convlstm {

// Stages with their operands: reads -> writes; those before a bar are summed. `d` is a gradient, `'` a new
// state, a name in capitals a pre-activation, in small letters what its activation gives.
enum PointwiseStage : int {
  kLstmForward,       // I F G O c pi pf po -> c' h' i f g o
  kLstmBackward,      // i f g o c c' dh dc pi pf po -> dI dF dG dO dpi dpf dpo | dc dh (dp: of each pixel)
  kGruOpenForward,    // Z R h -> z r.h z r
  kGruOpenBackward,   // r h d(r.h) dh -> dR | dh
  kGruCloseForward,   // N z h -> h' n
  kGruCloseBackward,  // z n h dh -> dZ dN | dh
  kGruAfterForward,   // Z R N Sn h -> h' z r n Sn: Sn is the recurrent sum of gate n
  kGruAfterBackward,  // z r n Sn h dh -> dZ dR dN dSn | dh
  kStUpdateForward,   // I F G I' F' G' c m -> c' m' i f g i' f' g'
  kStUpdateBackward,  // i f g i' f' g' c m dc dm -> dI dF dG dI' dF' dG' | dc dm
  kStOutputForward,   // O W -> h' o w: W is the 1x1 convolution
  kStOutputBackward,  // o w dh -> dO dW | dh
  kPointwiseStageCount
};

inline constexpr int kMaxReads = 11, kMaxWrites = 9, kMaxPointwiseSums = 7;

// A stage by element: reads in the order above, from the functions of the cells. V is the number, M the Math
// of conv_lstm.h. The first kSums results are the gradients that sums over pixels are taken of.
template <typename V, typename M>
struct CellStages {
  struct LstmForward {
    static constexpr int kReads = 8, kWrites = 6, kSums = 0;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto s = conv_gru::open<M, V>(math, in[0], in[1], in[2]);
      out[0] = out[2] = s.z;
      out[1] = s.reset_h;
      out[3] = s.r;
    }
  };

  struct GruOpenBackward {
    static constexpr int kReads = 4, kWrites = 2, kSums = 1;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto d = conv_gru::open_backward<M, V>(math, in[0], in[1], in[2]);
      out[0] = d.pre_r;
      out[1] = in[3] + d.h_before;
    }
  };

  struct GruCloseForward {
    static constexpr int kReads = 3, kWrites = 2, kSums = 0;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto s = conv_gru::close<M, V>(math, in[0], in[1], in[2]);
      out[0] = s.h;
      out[1] = s.n;
    }
  };

  struct GruCloseBackward {
    static constexpr int kReads = 4, kWrites = 3, kSums = 2;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto d = conv_gru::close_backward<M, V>(math, in[0], in[1], in[2], in[3]);
      out[0] = d.pre_z;
      out[1] = d.pre_n;
      out[2] = d.h_before;
    }
  };

  struct GruAfterForward {
    static constexpr int kReads = 5, kWrites = 5, kSums = 0;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
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
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto s = st_lstm::output<M, V>(math, in[0], in[1]);
      out[0] = s.h;
      out[1] = s.o;
      out[2] = s.mixed;
    }
  };

  struct StOutputBackward {
    static constexpr int kReads = 3, kWrites = 3, kSums = 2;
    CLN_HOST_DEVICE static void run(const M& math, const V* in, V* out) {
      const auto d = st_lstm::output_backward<M, V>(math, in[0], in[1], in[2]);
      out[0] = d.pre_o;
      out[1] = d.pre_mixed;
      out[2] = V{};
    }
  };
};

}  // namespace convlstm
