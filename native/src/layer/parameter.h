// Which parameters a layer has: their names and shapes, in the order of the C header.
#pragma once

#include <cstdint>
#include <vector>

#include "cell/layer_desc.h"

namespace convlstm {

struct ParameterShape {
  const char* name;
  std::size_t place;  // in ParameterViews
  std::vector<std::int64_t> dims;
  std::int64_t count;
  bool is_kernel() const { return dims.size() == 4; }  // OIHW
};

std::vector<ParameterShape> parameters_of(const LayerDesc& desc);

}  // namespace convlstm
