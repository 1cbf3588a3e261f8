#include "backend/cpu/winograd_plan.h"

#include <algorithm>

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kCacheFloats = 768 * 1024 / sizeof(float);  // of the second-level cache
// Weights that a step had better not read again and again: they leave the third-level cache no room.
constexpr std::int64_t kManyWeights = 8 * 1024 * 1024 / sizeof(float);
constexpr std::int64_t kFarState = 8 * 1024 * 1024 / sizeof(float);
// Tiles that make up for reading the weights from memory.
constexpr std::int64_t kHoistedTiles = 144;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

WinogradPlan plan_winograd(const RecurrentDesc& desc, const InputShape& shape, int lanes,
                           const WinogradTiling& asked) {
  WinogradPlan plan{};
  plan.taps = desc.recurrent_kernel.h;
  const auto cost = [&](std::int64_t tile) {
    const std::int64_t side = tile + plan.taps - 1;
    return ceil_div(shape.size.h, tile) * ceil_div(shape.size.w, tile) * side * side;
  };
  plan.outputs = asked.outputs > 0 ? asked.outputs : cost(2) < cost(4) ? 2 : 4;
  plan.points = plan.side() * plan.side();
  plan.tile_rows = ceil_div(shape.size.h, plan.outputs);
  plan.tile_columns = ceil_div(shape.size.w, plan.outputs);
  plan.tiles = shape.batch * plan.tile_rows * plan.tile_columns;
  plan.blocks = ceil_div(desc.hidden_channels, lanes);
  plan.hidden = plan.blocks * lanes;
  plan.input = ceil_div(desc.input_channels, lanes) * lanes;
  // In floats a step and a pre-activation: folded in, the input's weights are read; hoisted, its sums are
  // written and read, but the weights only once in many steps.
  const std::int64_t weights = plan.points * desc.input_channels;
  const std::int64_t sums = 2 * plan.tiles * plan.tile_pixels();
  plan.hoists_input =
      asked.hoists_input.value_or(weights * 4 * plan.hidden > kManyWeights / 2 && weights > 2 * sums);
  // Kept as points they take 9/4 or 4 times their pixels, but no empty lanes.
  const bool are_few = !plan.hoists_input && 4 * desc.input_channels <= lanes;
  plan.few_inputs = are_few ? desc.input_channels : 0;
  return plan;
}

std::vector<std::string> winograd_tilings(const LayerDesc& layer) {
  if (std::get<RecurrentDesc>(layer).input_channels == 0) return {"2x2", "4x4"};
  return {"2x2,folded", "2x2,hoisted", "4x4,folded", "4x4,hoisted"};
}

WinogradTiling winograd_tiling(const std::string& name) {
  const std::int64_t outputs = name.front() - '0';
  if (name.find(',') == std::string::npos) return {outputs, {}};
  return {outputs, name.ends_with("hoisted")};
}

WinogradTile WinogradPlan::tile_at(std::int64_t index) const {
  const std::int64_t of_an_image = tile_rows * tile_columns, place = index % of_an_image;
  return {index / of_an_image, place / tile_columns * outputs, place % tile_columns * outputs};
}

std::int64_t WinogradPlan::tiles_at_once(std::int64_t threads, std::int64_t unit) const {
  const std::int64_t of_a_tile = points * (step_channels() + 4 * hidden / blocks);
  const std::int64_t fit = std::max(unit, kCacheFloats / of_a_tile / unit * unit);
  return std::min(fit, ceil_div(tiles, threads));
}

std::int64_t WinogradPlan::hoisted_steps() const {
  return ceil_div(kHoistedTiles, tiles);
}

bool WinogradPlan::has_far_states() const {
  return tiles * tile_pixels() * hidden > kFarState;
}

bool WinogradPlan::has_many_weights() const {
  return points * channels() * 4 * hidden > kCacheFloats;
}

bool WinogradPlan::shares_hidden(std::int64_t threads) const {
  return threads > 1 && blocks > 1 && tiles * points * step_channels() <= kCacheFloats;
}

}  // namespace convlstm::cpu
