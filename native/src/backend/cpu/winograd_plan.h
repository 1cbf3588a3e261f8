// How winograd_fused cuts one layer and shape into tiles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/cpu/kernels.h"
#include "backend/executor.h"

namespace convlstm::cpu {

// From point to point of `count` floats each: a line of the cache more, for with strides of some KiB all
// points of a tile would fall on the same few sets.
constexpr std::int64_t winograd_stride(std::int64_t count) {
  return count + 16;
}

// Tiles whose hoisted sums of one block stay in the second-level cache.
constexpr std::int64_t kHoistedGroup = 48;

// Where a tile lies.
struct WinogradTile {
  std::int64_t n, row, column;  // of its first pixel
};

struct WinogradPlan {
  std::int64_t outputs, taps;            // M, R
  std::int64_t points;                   // N * N
  std::int64_t tile_rows, tile_columns;  // of an image
  std::int64_t tiles;                    // of the batch
  std::int64_t blocks;                   // of hidden channels, a vector each
  std::int64_t hidden, input;            // channels, rounded up to whole vectors
  // Whether the products of the input go through many steps at once, apart from those of h, or x is nothing
  // but more channels of h. It decides the order of the sums, so it depends on the layer and the shape alone.
  bool hoists_input;
  std::int64_t channels() const { return hidden + input; }
  // Channels of x where they are fewer than make a vector worth while: then lanes are tiles, all tiles of a
  // step are transformed at once, and what is kept of x is [point][channel][tile].
  std::int64_t few_inputs;
  std::int64_t few_stride() const { return (tiles + lanes() - 1) / lanes() * lanes(); }
  std::int64_t few_point_stride() const { return winograd_stride(few_inputs * few_stride()); }
  // That are transformed tile by tile for a step's products.
  std::int64_t step_channels() const { return hoists_input || few_inputs > 0 ? hidden : channels(); }
  std::int64_t kept_inputs(std::int64_t batch) const {  // floats of a step
    return few_inputs > 0 ? points * few_point_stride() : batch * padded_pixels() * input;
  }
  std::int64_t side() const { return outputs + taps - 1; }
  std::int64_t tile_pixels() const { return outputs * outputs; }
  std::int64_t lanes() const { return hidden / blocks; }
  // Of `count` tiles beside each other, one block of channels: from row to row of their pixels; and the
  // floats that its sums and two such strips take.
  std::int64_t strip_stride(std::int64_t count) const { return winograd_stride(count * outputs * lanes()); }
  std::int64_t block_scratch(std::int64_t count) const {
    return points * winograd_stride(count * 4 * lanes()) + 2 * outputs * strip_stride(count);
  }
  // Images with their margins, channels last: pixels of a row, and of an image.
  std::int64_t padded_columns() const { return tile_columns * outputs + taps - 1; }
  std::int64_t padded_pixels() const { return (tile_rows * outputs + taps - 1) * padded_columns(); }

  WinogradTile tile_at(std::int64_t index) const;
  // Pixels of images with margins: the first that a tile sees, and its own first, behind the margin.
  std::int64_t pixel(const WinogradTile& tile) const {
    return tile.n * padded_pixels() + tile.row * padded_columns() + tile.column;
  }
  std::int64_t pixel_inside(const WinogradTile& tile) const {
    return pixel(tile) + (taps - 1) / 2 * (padded_columns() + 1);
  }

  // Tiles that are worked on at a time, so that their transforms stay in the second-level cache.
  std::int64_t tiles_at_once(std::int64_t threads, std::int64_t unit) const;
  // Steps whose inputs go through their products at once, where they are hoisted.
  std::int64_t hoisted_steps() const;
  // States that leave the third-level cache from step to step.
  bool has_far_states() const;
  // Weights that the second-level cache does not hold: contexts that run at once then take the third level
  // from each other.
  bool has_many_weights() const;
  // Few tiles are transformed once for all threads, which then share the hidden channels; many are shared
  // themselves.
  bool shares_hidden(std::int64_t threads) const;
};

// What can be asked of a plan; what is left out, the plan decides.
struct WinogradTiling {
  std::int64_t outputs = 0;  // M: 2 or 4; 0: the one that multiplies less
  std::optional<bool> hoists_input;
};

// For ConvLSTM layers of supports_winograd_fused.
WinogradPlan plan_winograd(const RecurrentDesc& desc, const InputShape& shape, int lanes,
                           const WinogradTiling& asked = {});

// The tilings of a layer by name, such as "4x4,folded"; without an input "4x4".
std::vector<std::string> winograd_tilings(const LayerDesc& layer);
WinogradTiling winograd_tiling(const std::string& name);  // one of them

}  // namespace convlstm::cpu
