#include "layer/description.h"

#include "core/checked.h"

namespace convlstm {

const StackDesc* stack_of(const LayerDescription& desc) {
  return std::get_if<StackDesc>(&desc);
}

std::int32_t rank_of(const LayerDescription& desc) {
  return std::visit([](const auto& d) { return d.rank; }, desc);
}

std::int64_t input_channels(const LayerDescription& desc) {
  if (const StackDesc* stack = stack_of(desc)) return stack->bottom.input_channels;
  return std::get<ConvLayerDesc>(desc).conv.input_channels;
}

std::int64_t output_channels(const LayerDescription& desc) {
  if (const StackDesc* stack = stack_of(desc)) return stack->output_channels();
  return std::get<ConvLayerDesc>(desc).conv.output_channels;
}

std::int64_t cell_count(const LayerDescription& desc) {
  const StackDesc* stack = stack_of(desc);
  return stack != nullptr ? stack->cells() : 1;
}

LayerDesc cell_of(const LayerDescription& desc, std::int64_t index) {
  if (const StackDesc* stack = stack_of(desc)) return stack->cell(index);
  return std::get<ConvLayerDesc>(desc).conv;
}

Size3 output_size(const LayerDescription& desc, const Size3& input) {
  const StackDesc* stack = stack_of(desc);
  return stack != nullptr ? state_size(stack->bottom, input) : input;
}

std::vector<LayerParameter> list_parameters(const LayerDescription& desc) {
  const StackDesc* stack = stack_of(desc);
  const Size3 grid = stack != nullptr ? stack->fixed_size : Size3{};
  std::vector<LayerParameter> out;
  for (std::int64_t index = 0; index < cell_count(desc); ++index) {
    std::string prefix;
    if (stack != nullptr && stack->layers > 1)
      prefix += "layers." + std::to_string(index / stack->directions()) + ".";
    if (stack != nullptr && stack->is_bidirectional()) prefix += index % 2 == 0 ? "forward." : "reverse.";
    for (ParameterShape& shape : parameters_of(cell_of(desc, index), rank_of(desc), grid)) {
      shape.name = prefix + shape.name;
      out.push_back({std::move(shape), static_cast<std::size_t>(index)});
    }
  }
  return out;
}

Size3 checked_size(const char* name, const std::int64_t* sizes, std::int32_t rank) {
  for (std::int32_t i = 0; i < rank; ++i)
    check_at_least((std::string(name) + "[" + std::to_string(i) + "]").c_str(), sizes[i], 1);
  return size_of(sizes, rank);
}

Size3 size_of(const std::int64_t* sizes, std::int32_t rank) {
  Size3 size;
  size.w = sizes[rank - 1];
  if (rank > 1) size.h = sizes[rank - 2];
  if (rank > 2) size.d = sizes[0];
  return size;
}

}  // namespace convlstm
