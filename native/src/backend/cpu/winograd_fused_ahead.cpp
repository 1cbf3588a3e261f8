// What a step of winograd_fused asks memory for while its products run: states that no cache holds arrive
// before their transforms and cells want them.
#include <algorithm>

#include "backend/cpu/winograd_fused.h"

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kLine = 16;  // floats of a line of the caches

}  // namespace

template <int Writes>
void WinogradFused::ask_image(const float* image, const WinogradTile& tile, std::int64_t block,
                              std::int64_t below) const {
  const std::int64_t lanes = device_.kernels.lanes;
  const std::int64_t rows = std::min(plan_.outputs + below, shape_.size.h - tile.row);
  const float* pixels = image + plan_.pixel_inside(tile) * plan_.hidden + block * lanes;
  for (std::int64_t row = 0; row < rows; ++row, pixels += plan_.padded_columns() * plan_.hidden)
    for (std::int64_t column = 0; column < plan_.outputs; ++column)
      __builtin_prefetch(pixels + column * plan_.hidden, Writes, 2);
}

// A line of a channel has the pixels of several tiles.
void WinogradFused::ask_outside(const Outside& from, const WinogradTile& tile, std::int64_t block,
                                std::int64_t below) const {
  if (from.frames.data == nullptr || tile.column % kLine >= plan_.outputs) return;
  const std::int64_t lanes = device_.kernels.lanes, channel = block * lanes;
  const std::int64_t rows = std::min(plan_.outputs + below, shape_.size.h - tile.row);
  const std::int64_t pixel = tile.row * shape_.size.w + tile.column;
  for (std::int64_t k = channel; k < std::min(channel + lanes, from.channels); ++k)
    for (std::int64_t row = 0; row < rows; ++row)
      __builtin_prefetch(from.frames.plane(from.t, tile.n, k, area_) + pixel + row * shape_.size.w, 0, 2);
}

void WinogradFused::ask_ahead(const Step& step, std::int64_t block, std::int64_t point,
                              const Chunk& chunk) const {
  const Outside c_outside = outside(part_of(step.call.initial, kCell));
  for (std::int64_t k = point; k < chunk.count; k += plan_.points) {
    const WinogradTile tile = plan_.tile_at(chunk.first + k);
    if (step.c_before != nullptr)
      ask_image<0>(step.c_before, tile, block, 0);
    else
      ask_outside(c_outside, tile, block, 0);
    if (step.c != nullptr && step.c != step.c_before) ask_image<1>(step.c, tile, block, 0);
    if (step.h != nullptr) ask_image<1>(step.h, tile, block, 0);
  }
  // The rows above have been seen with the tiles above.
  const std::int64_t below = (plan_.taps - 1) / 2;
  for (std::int64_t k = point; k < chunk.next_count; k += plan_.points) {
    const WinogradTile tile = plan_.tile_at(chunk.next_first + k);
    ask_outside(step.x_outside, tile, block, below);
    if (step.h_outside.frames.data != nullptr)
      ask_outside(step.h_outside, tile, block, below);
    else if (step.has_hidden())
      ask_image<0>(step.h_before, tile, block, below);
  }
}

}  // namespace convlstm::cpu
