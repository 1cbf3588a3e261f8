#include "backend/cpu/instruction_set.h"

#include <cstdlib>
#include <string>

#include "core/error.h"

namespace convlstm::cpu {

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> list;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("fma")) {
    if (__builtin_cpu_supports("avx512bf16")) list.push_back(&avx512_bf16_kernels());
    list.push_back(&avx512_kernels());
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list.push_back(&avx2_kernels());
#endif
#if defined(__aarch64__)
  list.push_back(&neon_kernels());
#endif
  list.push_back(&baseline_kernels());
  return list;
}

const Kernels& select_kernels() {
  const std::vector<const Kernels*> available = available_kernels();
  const char* wanted = std::getenv("CLN_INSTRUCTION_SET");
  if (wanted == nullptr || *wanted == '\0') return *available.front();
  std::string names;
  for (const Kernels* kernels : available) {
    if (std::string(wanted) == kernels->name) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string(kernels->name);
  }
  fail(CLN_UNSUPPORTED, "CLN_INSTRUCTION_SET: expected one of ", names, " on this machine, got ", wanted);
}

}  // namespace convlstm::cpu
