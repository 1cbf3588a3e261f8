#pragma once

#include <cstring>

#include "backend/cpu/vector_math.h"
#include "gates.h"

namespace convlstm::benchmarks {

// `S` is the including file's own type, so that no instantiation leaves that file.
template <typename S>
void run_gates(const GateRun& run) {
  using V = typename S::V;
  using Math = cpu::VectorMath<S>;
  const auto load = [](const float* from) {
    V v;
    std::memcpy(&v, from, sizeof v);
    return v;
  };
  for (std::int64_t k = 0; k < run.count; k += S::kLanes) {
    const V c = S::fma(Math::sigmoid(load(run.f + k)), load(run.c_before + k),
                       Math::sigmoid(load(run.i + k)) * Math::tanh(load(run.g + k)));
    const V h = Math::sigmoid(load(run.o + k)) * Math::tanh(c);
    std::memcpy(run.c + k, &c, sizeof c);
    std::memcpy(run.h + k, &h, sizeof h);
  }
}

}  // namespace convlstm::benchmarks
