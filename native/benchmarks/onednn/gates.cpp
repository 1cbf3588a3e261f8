#include "gates.h"

namespace convlstm::benchmarks {

GateFunction find_gates() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return run_gates_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_gates_avx2;
#endif
  return nullptr;
}

}  // namespace convlstm::benchmarks
