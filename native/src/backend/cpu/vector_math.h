// exp, logistic function and tanh of a vector of floats, for the files of one instruction set each. `S` is
// that file's own vector type, so that every instantiation stays in its file. NaN gives NaN.
#pragma once

namespace convlstm::cpu {

template <typename S>
struct VectorMath {
  using V = typename S::V;
  using I = typename S::I;

  static V set(float value) { return S::broadcast(value); }

  // At most 2 ulp for x in [-87, 88]; outside it is clamped. Cephes' polynomial.
  static V exp(V x) {
    x = S::min(set(88.3f), S::max(set(-87.3f), x));
    const V magic = set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    const V shifted = S::fma(x, set(1.44269504f), magic);
    const V n = shifted - magic;
    V r = S::fma(n, set(-0.693359375f), x);
    r = S::fma(n, set(2.12194440e-4f), r);
    V p = set(1.9875691500e-4f);
    p = S::fma(p, r, set(1.3981999507e-3f));
    p = S::fma(p, r, set(8.3334519073e-3f));
    p = S::fma(p, r, set(4.1665795894e-2f));
    p = S::fma(p, r, set(1.6666665459e-1f));
    p = S::fma(p, r, set(5.0000001201e-1f));
    p = S::fma(p, r * r, r) + set(1.0f);
    const I exponent = (__builtin_bit_cast(I, shifted) << 23) + 0x3f800000;
    return p * __builtin_bit_cast(V, exponent);
  }

  static V sigmoid(V x) { return set(1.0f) / (set(1.0f) + exp(V{} - x)); }

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
