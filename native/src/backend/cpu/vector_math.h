// The logistic function and tanh of a vector of floats, for the files of one instruction set each. `S` is
// that file's own vector type, so that every instantiation stays in its file. NaN gives NaN.
#pragma once

namespace convlstm::cpu {

// Within a few units in the last place.
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
    x = S::min(set(8.66f), S::max(set(-8.66f), x));
    const V x2 = x * x;
    V p = S::fma(set(1.394553628e-8f), x2, set(2.102733560e-5f));
    p = S::fma(p, x2, set(3.520756727e-3f));
    p = S::fma(p, x2, set(1.340216100e-1f));
    p = S::fma(p, x2, set(1.0f));
    V q = S::fma(set(8.015776984e-7f), x2, set(3.326951409e-4f));
    q = S::fma(q, x2, set(2.597254514e-2f));
    q = S::fma(q, x2, set(4.673548340e-1f));
    q = S::fma(q, x2, set(1.0f));
    return S::min(set(1.0f), S::max(set(-1.0f), x * p / q));
  }
};

// Within 2e-4, for results that are kept in bfloat16; tanh keeps its relative accuracy near 0.
template <typename S>
struct ApproximateMath {
  using V = typename S::V;
  using I = typename S::I;

  static V set(float value) { return S::broadcast(value); }

  // exp(-x) = 2^n 2^r; outside [-88, 87] x is clamped.
  static V exp_negative(V x) {
    x = S::min(set(87.3f), S::max(set(-88.0f), x));
    const V scale = set(-1.44269504f), magic = set(12582912.0f);  // see VectorMath
    const V shifted = S::fma(x, scale, magic);
    const V r = S::fma(x, scale, magic - shifted);
    V p = S::fma(set(0.0551741785f), r, set(0.242596145f));
    p = S::fma(p, r, set(0.693259502f));
    p = S::fma(p, r, set(0.999928962f));
    return __builtin_bit_cast(V, __builtin_bit_cast(I, p) + (__builtin_bit_cast(I, shifted) << 23));
  }

  static V sigmoid(V x) { return S::min(set(1.0f), reciprocal(set(1.0f) + exp_negative(x))); }

  static V tanh(V x) {
    x = S::min(set(4.8f), S::max(set(-4.8f), x));
    const V x2 = x * x;
    const V p = S::fma(S::fma(set(6.90471706e-4f), x2, set(0.103045317f)), x2, set(0.999959127f));
    const V q = S::fma(S::fma(set(1.30144491e-2f), x2, set(0.436119226f)), x2, set(1.0f));
    return x * p * reciprocal(q);
  }

 private:
  static V reciprocal(V x) {
    if constexpr (requires { S::estimate_reciprocal(x); })
      return S::estimate_reciprocal(x);
    else
      return set(1.0f) / x;
  }
};

}  // namespace convlstm::cpu
