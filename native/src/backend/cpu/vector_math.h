// The logistic function and tanh of a vector of floats, for the files of one instruction set each. `S` is
// that file's own vector type, so that every instantiation stays in its file. NaN gives NaN.
#pragma once

namespace convlstm::cpu {

template <typename S>
struct VectorMath {
  using V = typename S::V;
  using I = typename S::I;

  static V set(float value) { return S::broadcast(value); }

  // exp(-x) for x in [-88, 87]; outside it is clamped. e^r = 1 + r + r^2 (a polynomial of the least relative
  // error, 1e-7, for |r| <= ln(2) / 2).
  static V exp_negative(V x) {
    x = S::min(set(87.3f), S::max(set(-88.3f), x));
    const V magic = set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    const V shifted = S::fma(x, set(-1.44269504f), magic);
    const V n = shifted - magic;
    V r = S::fma(n, set(0.693359375f), x);  // -r of the formula
    r = S::fma(n, set(-2.12194440e-4f), r);
    const V r2 = r * r;
    const V low = S::fma(r, set(-0.166671144712f), set(0.499992317929f));
    const V high = S::fma(r, set(-8.31252439124e-3f), set(4.18901130564e-2f));
    const V p = S::fma(S::fma(high, r2, low), r2, set(1.0f) - r);
    return __builtin_bit_cast(V, __builtin_bit_cast(I, p) + (__builtin_bit_cast(I, shifted) << 23));
  }

  static V sigmoid(V x) { return set(1.0f) / (set(1.0f) + exp_negative(x)); }

  // A rational function (the coefficients that Eigen uses), so that small values keep their relative
  // accuracy.
  static V tanh(V x) {
    x = S::min(set(9.0f), S::max(set(-9.0f), x));
    const V x2 = x * x;
    V p = set(-2.76076847742355e-16f);
    p = S::fma(p, x2, set(2.00018790482477e-13f));
    p = S::fma(p, x2, set(-8.60467152213735e-11f));
    p = S::fma(p, x2, set(5.12229709037114e-08f));
    p = S::fma(p, x2, set(1.48572235717979e-05f));
    p = S::fma(p, x2, set(6.37261928875436e-04f));
    p = S::fma(p, x2, set(4.89352455891786e-03f));
    V q = set(1.19825839466702e-06f);
    q = S::fma(q, x2, set(1.18534705686654e-04f));
    q = S::fma(q, x2, set(2.26843463243900e-03f));
    q = S::fma(q, x2, set(4.89352518554385e-03f));
    return S::min(set(1.0f), S::max(set(-1.0f), x * p / q));
  }
};

}  // namespace convlstm::cpu
