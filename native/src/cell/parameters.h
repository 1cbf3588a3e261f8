// Which parameters a layer has: their names and shapes, in the order of the C header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cell/layer_desc.h"

namespace convlstm {

struct ParameterShape {
  enum class Role { kernel, scale, other };
  std::string name;
  std::size_t place;  // in ParameterViews
  std::vector<std::int64_t> dims;
  std::int64_t count;
  Role role = Role::other;
};

// `rank` is that of the layer: kernels have so many sizes behind (out, in). `grid` are the sizes of the
// states: they matter to a layer with parameters per pixel alone.
std::vector<ParameterShape> parameters_of(const LayerDesc& desc, std::int32_t rank, const Size3& grid);

// The last `rank` of (D, H, W).
std::vector<std::int64_t> dims_of(const Size3& size, std::int32_t rank);

}  // namespace convlstm
