// What a forward of the stepwise executor leaves behind, for the next step or for the backward.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/cuda/element.h"
#include "backend/cuda/stepwise_plan.h"

namespace convlstm::cuda {

// One array: step t stands in slot t mod slots.
struct TapePart {
  std::size_t step = 0;  // bytes of a slot
  std::int64_t slots = 0;
  int copies = 1;        // one behind the other, all slots of each
  bool is_kept = false;  // for the backward
  char* data = nullptr;

  char* at(std::int64_t t, int copy = 0) const {
    return data + (static_cast<std::size_t>(copy) * static_cast<std::size_t>(slots) +
                   static_cast<std::size_t>(t % slots)) *
                      step;
  }
  float* floats(std::int64_t t) const { return reinterpret_cast<float*>(at(t)); }
  std::size_t bytes() const {
    return (step * static_cast<std::size_t>(slots) * static_cast<std::size_t>(copies) + 255) / 256 * 256;
  }
};

// What is kept is the reserve, what is not is working memory. Images are dense and channels last, channels
// filled up with zeros; E are elements as convolutions read them:
//
//   sources  of each Source, E: x [T], h and m [T + 1], r.h and [c', m'] [T]; one copy a gate where dropout
//            may drop something else for each
//   hidden   h in float32, where the source is not that already and somebody reads it: of a ConvGRU [T + 1],
//            else [1]
//   cell     c in float32 [T + 1]
//   memory   m in float32 [T + 1]
//   opened   z of a ConvGRU between its two stages [1]
//   gates    after their activations [T][gate]: float32, or 16 bits where halves_gates
//   sums     of each convolution, E: what it gave; [T] where it is normalized, else [1]; of the input those
//   of
//            a window
//   joined   of each stage with a group normalization, float32: what goes into it [T]
//   moments  of each normalization [T]
//
// In inference every array has one slot but those of the input, and there are no gates.
struct StepwiseTape {
  std::array<TapePart, kSourceCount> sources;
  TapePart hidden, cell, memory, opened, gates;
  std::vector<TapePart> sums, joined, moments;

  template <typename Visit>
  void for_parts(const Visit& visit) {
    for (TapePart& part : sources) visit(part);
    for (TapePart* part : {&hidden, &cell, &memory, &opened, &gates}) visit(*part);
    for (std::vector<TapePart>* parts : {&sums, &joined, &moments})
      for (TapePart& part : *parts) visit(part);
  }
  std::size_t bytes(bool is_kept) const;
  // The same tape over memory of bytes(true) and bytes(false); either may be null where it is not used.
  StepwiseTape over(void* kept, void* not_kept) const;
};

// Sizes of a layer on the device.
struct StepwiseSizes {
  std::int64_t batch;
  ImageGrid grid, input;  // of the states and of x
  Element element;
  bool halves_gates;  // on the tape: where storage or products are bfloat16
  std::int64_t slot_count() const { return grid.count(batch); }  // elements of a slot or a part of the state
};

StepwiseTape make_tape(const RecurrentDesc& desc, const StepwisePlan& plan, const StepwiseSizes& sizes,
                       std::int64_t steps, std::int64_t window, bool is_training);

}  // namespace convlstm::cuda
