// The random numbers of a case: the same for every executor.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/objects.h"
#include "support/problem.h"

namespace convlstm::test {

// How the numbers of a run are drawn: those of a case, each off by a part of itself where `noise` is not 0.
struct Draw {
  std::uint64_t seed = 0;
  float noise = 0;  // relative
  std::uint64_t noise_seed = 0;
  // Numbers in [-scale, scale) about `centre`.
  Floats numbers(std::int64_t count, std::uint64_t stream, float scale = 1, float centre = 0) const;
};

// Sets every parameter: kernels so that sums stay near 1, scales of normalizations about 1, the rest below 1.
void draw_parameters(const Layer& layer, const Draw& draw);

// Which steps count: T*N flags in the order of the layout, or a length of each sequence, or neither.
struct MaskNumbers {
  std::vector<std::int32_t> steps;
  std::vector<std::int64_t> lengths;
};
MaskNumbers draw_mask(const Case& tested, const Problem& problem);

// Steps [from, to) of an array of `total` steps in the layout; `inner` elements a step of a sequence.
template <typename T>
std::vector<T> slice_steps(const std::vector<T>& all, const Problem& problem, std::int64_t inner,
                           std::int64_t total, std::int64_t from, std::int64_t to) {
  std::vector<T> out;
  const std::int64_t outer = problem.is_time_first() ? 1 : problem.batch;
  const std::int64_t step = problem.is_time_first() ? problem.batch * inner : inner;
  for (std::int64_t n = 0; n < outer; ++n)
    out.insert(out.end(), all.begin() + (n * total + from) * step, all.begin() + (n * total + to) * step);
  return out;
}

// The other way round: writes them into their places.
template <typename T>
void place_steps(std::vector<T>& all, const std::vector<T>& part, const Problem& problem, std::int64_t inner,
                 std::int64_t total, std::int64_t from) {
  const std::int64_t outer = problem.is_time_first() ? 1 : problem.batch;
  const std::int64_t step = problem.is_time_first() ? problem.batch * inner : inner;
  const std::int64_t length = static_cast<std::int64_t>(part.size()) / outer;
  for (std::int64_t n = 0; n < outer; ++n)
    std::copy_n(part.begin() + n * length, length, all.begin() + (n * total + from) * step);
}

}  // namespace convlstm::test
