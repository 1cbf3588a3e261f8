// Vectors of floats from and to memory, for the files of one instruction set each (see vector_math.h).
#pragma once

#include <cstdint>

namespace convlstm::cpu {

template <typename S>
struct VectorMemory {
  using V = typename S::V;
  using I = typename S::I;

  static V load(const float* from) {
    V v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
  }
  static void store(float* to, V v) { __builtin_memcpy(to, &v, sizeof v); }
  // The same past the caches where vectors are whole lines of them: see finish_stores_past_caches() of
  // transpose.h.
  static void store_far(float* to, V v, bool is_far) {
    if constexpr (requires { S::stream(to, v); })
      if (is_far) return S::stream(to, v);
    store(to, v);
  }

  // 0 where the mask is 0; elsewhere it is -1.
  static V masked(V v, const std::int32_t* mask) {
    I m;
    __builtin_memcpy(&m, mask, sizeof m);
    return __builtin_bit_cast(V, __builtin_bit_cast(I, v) & m);
  }
};

}  // namespace convlstm::cpu
