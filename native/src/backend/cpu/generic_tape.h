// What a forward of the generic executor leaves behind, for the next step or for the backward.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cell/cell_plan.h"

namespace convlstm::cpu {

// One array of the tape: step t stands in slot t mod slots.
struct TapePart {
  std::size_t step = 0;  // bytes of a slot
  std::int64_t slots = 0;
  std::byte* data = nullptr;
  std::byte* at(std::int64_t t) const { return data + static_cast<std::size_t>(t % slots) * step; }
  float* floats(std::int64_t t) const { return reinterpret_cast<float*>(at(t)); }
  std::size_t bytes() const { return (step * static_cast<std::size_t>(slots) + 63) / 64 * 64; }
};

// In training the tape is the reserve, which holds, one after the other, what the cell has of these:
//
//   sources  of each Source, [T]: planes as PlaneConvolution has them; one set a gate where gates may have
//            dropped copies of their own
//   hidden   [T + 1][F][N][body] of a ConvGRU, [1] of the others: h, the first being the initial state
//   cells    [T + 1][c, or c m][F][N][body]: the first is the initial state
//   gates    [T][gates of the plan][F][N][body]: after their activations, in bfloat16 storage 16 bits each
//   raw      [T][rows][N][body]: what goes into the normalizations, without the biases
//   moments  [T]: of each normalization, [group][N] of Moments
//
// In inference every array has one slot, and there are no gates.
struct GenericTape {
  std::array<TapePart, kSourceCount> sources;
  TapePart hidden, cells, gates, raw, moments;

  template <typename Visit>
  void for_parts(const Visit& visit) {
    for (TapePart& source : sources) visit(source);
    for (TapePart* part : {&hidden, &cells, &gates, &raw, &moments}) visit(*part);
  }

  std::size_t bytes() const {
    std::size_t total = 0;
    GenericTape(*this).for_parts([&](const TapePart& part) { total += part.bytes(); });
    return total;
  }

  // The same tape over memory of bytes() bytes.
  GenericTape over(std::byte* memory) const {
    GenericTape tape = *this;
    tape.for_parts([&](TapePart& part) {
      part.data = memory;
      memory += part.bytes();
    });
    return tape;
  }
};

}  // namespace convlstm::cpu
