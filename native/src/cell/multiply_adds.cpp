#include "cell/multiply_adds.h"

#include "cell/convolution.h"
#include "cell/parameters.h"

namespace convlstm {

double multiply_adds_of(const LayerDesc& desc, const Size3& input) {
  const auto* cell = std::get_if<RecurrentDesc>(&desc);
  const Size3 grid = cell != nullptr ? state_size(*cell, input) : input;
  double weights = 0;  // of the kernels; each acts once in every pixel
  for (const ParameterShape& parameter : parameters_of(desc, 3, Size3{}))
    if (parameter.role == ParameterShape::Role::kernel) weights += static_cast<double>(parameter.count);
  return weights * static_cast<double>(grid.area());
}

}  // namespace convlstm
