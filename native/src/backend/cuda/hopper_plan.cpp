#include "backend/cuda/hopper_plan.h"

#include <limits>
#include <string_view>

#include "backend/cuda/fused_plan.h"
#include "backend/cuda/images.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {
namespace {

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

// `cost` of a product: small tiles load more for it.
struct TileCost {
  HopperTile tile;
  HopperTileSize size;
  double cost;
};
constexpr TileCost kTiles[] = {{HopperTile::k128By128, {128, 128}, 1.0},
                               {HopperTile::k64By128, {64, 128}, 1.3},
                               {HopperTile::k64By64, {64, 64}, 1.7}};

bool is_deep_image(const RecurrentDesc& desc, const InputShape& shape) {
  return shape.size.d > 1 || state_size(desc, shape.size).d > 1 || desc.input.kernel.d > 1 ||
         desc.recurrent_kernel.d > 1;
}

// Whether a tensor map can say where a convolution looks.
bool can_map(const Axes& axes, bool is_deep) {
  const std::int64_t corner = is_deep ? 16 : 128, most_offset = is_deep ? 31 : 255;
  for (const Axis* axis : {&axes.w, &axes.h, &axes.d}) {
    const std::int64_t last = (axis->output - 1) * axis->stride - axis->before - (axis->input - 1);
    if (axis->before > corner || -axis->before >= corner || last < -corner || last >= corner) return false;
    if ((axis->kernel - 1) * axis->dilation > most_offset || axis->stride > 8) return false;
  }
  return true;
}

HopperPart part_of(const Axes& axes, std::int64_t inputs, Element element) {
  HopperPart part;
  if (inputs == 0) return part;
  part.inputs = static_cast<std::int32_t>(inputs);
  const std::int64_t bytes = padded_channels(inputs * static_cast<std::int64_t>(bytes_of(element)), 16);
  // The span that leaves least empty, the widest first.
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const int bits : {7, 6, 5}) {
    const std::int64_t pieces = blocks(bytes, std::int64_t{1} << bits);
    if (pieces << bits >= least) continue;
    least = pieces << bits;
    part.span_bits = bits;
    part.pieces = static_cast<std::int32_t>(pieces);
  }
  const Axis* const of[3] = {&axes.w, &axes.h, &axes.d};
  part.taps = 1;
  for (int k = 0; k < 3; ++k) {
    part.kernel[k] = static_cast<std::int32_t>(of[k]->kernel);
    part.dilation[k] = static_cast<std::int32_t>(of[k]->dilation);
    part.before[k] = static_cast<std::int32_t>(of[k]->before);
    part.stride[k] = static_cast<std::int32_t>(of[k]->stride);
    part.taps *= part.kernel[k];
  }
  part.stages = static_cast<std::int32_t>(
      blocks(static_cast<std::int64_t>(part.taps) * part.pieces, part.stage_pieces()));
  return part;
}

MapElement element_of(FusedProducts products) {
  return products == FusedProducts::kBfloat16  ? MapElement::kBfloat16
         : products == FusedProducts::kFloat16 ? MapElement::kFloat16
                                               : MapElement::kTf32;
}

}  // namespace

Verdict HopperPlan::supports(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  if (device.stream.architecture() != std::string_view("sm_90"))
    return {"the device is not of compute capability 9.0"};
  const FusedProducts products = products_of(precision_of(device.precision, desc), device.is_exact);
  if (products == FusedProducts::kThreeTf32 || products == FusedProducts::kPlain)
    return {"its products are as good as float32"};
  const bool is_deep = is_deep_image(desc, shape);
  const bool maps_x = desc.input_channels == 0 || can_map(axes_of(desc.input, shape.size), is_deep);
  const Size3 states = state_size(desc, shape.size);
  if (!maps_x || !can_map(same_axes(desc.recurrent_kernel, desc.recurrent_dilation, states), is_deep))
    return {"its kernels reach further than tensor maps do"};
  return {};
}

HopperPlan::HopperPlan(const RecurrentDesc& desc, const InputShape& shape, Element element, HopperTile chosen)
    : x(part_of(axes_of(desc.input, shape.size), desc.input_channels, element)),
      h(part_of(same_axes(desc.recurrent_kernel, desc.recurrent_dilation, state_size(desc, shape.size)),
                desc.hidden_channels, element)),
      is_deep(is_deep_image(desc, shape)),
      tile(chosen),
      hidden(static_cast<std::int32_t>(desc.hidden_channels)) {
  const std::int64_t groups = blocks(desc.hidden_channels, kGroupChannels);
  const std::int32_t of_tile = size_of(tile).columns;
  columns = static_cast<std::int32_t>(blocks(groups * kGroupColumns, of_tile)) * of_tile;
}

HopperTileSize size_of(HopperTile tile) {
  for (const TileCost& t : kTiles)
    if (t.tile == tile) return t.size;
  return {};
}

HopperTile choose_hopper_tile(std::int64_t pixels, std::int64_t groups, int multiprocessors) {
  HopperTile best{};
  double least = std::numeric_limits<double>::infinity();
  for (const TileCost& t : kTiles) {
    const std::int64_t count = blocks(pixels, t.size.pixels) * blocks(groups * kGroupColumns, t.size.columns);
    const double time =
        static_cast<double>(blocks(count, multiprocessors) * t.size.pixels * t.size.columns) * t.cost;
    if (time >= least) continue;
    least = time;
    best = t.tile;
  }
  return best;
}

HopperTile best_hopper_tile(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  return choose_hopper_tile(shape.batch * state_size(desc, shape.size).area(),
                            blocks(desc.hidden_channels, kGroupChannels), device.stream.multiprocessors());
}

std::string name_of(HopperTile tile) {
  const HopperTileSize size = size_of(tile);
  return std::to_string(size.pixels) + 'x' + std::to_string(size.columns) + ",hopper";
}

std::optional<HopperTile> hopper_tile_of(const std::string& name) {
  for (const TileCost& t : kTiles)
    if (name == name_of(t.tile)) return t.tile;
  return {};
}

TensorMap map_of(const FusedSource& source, const HopperPart& part, const Position& states,
                 std::int32_t images, bool is_deep, FusedProducts products, std::int32_t rows) {
  MappedArray array;
  array.element = element_of(products);
  array.data = source.data;
  array.axes = is_deep ? 5 : 4;
  array.swizzle = static_cast<Swizzle>(1 << part.span_bits);
  const std::int64_t spatial[3] = {source.size.w, source.size.h, source.size.d};
  const std::int64_t out[3] = {states.w, states.h, states.d};
  array.size[0] = source.padded;
  PixelBox box{};
  std::int64_t stride = source.padded * bytes_of(array.element);
  for (int k = 0; k < 3; ++k) {
    box.lower[k] = -part.before[k];
    box.upper[k] =
        static_cast<std::int32_t>((out[k] - 1) * part.stride[k] - part.before[k] - (spatial[k] - 1));
    box.step[k] = part.stride[k];
    array.size[k + 1] = spatial[k];
    array.stride[k + 1] = stride;
    stride *= spatial[k];
  }
  array.size[array.axes - 1] = images;
  array.stride[array.axes - 1] = stride;
  box.channels = static_cast<std::int32_t>((1 << part.span_bits) / bytes_of(array.element));
  box.pixels = rows;
  return pixel_map(array, box);
}

TensorMap map_of(const void* kernel, std::int64_t rows, FusedProducts products, std::int32_t columns) {
  MappedArray array;
  array.element = element_of(products);
  array.data = kernel;
  array.axes = 2;
  array.size[0] = kHopperStageBytes / bytes_of(array.element);
  array.size[1] = rows;
  array.stride[1] = kHopperStageBytes;
  return tiled_map(array, {static_cast<std::int32_t>(array.size[0]), columns});
}

}  // namespace convlstm::cuda
