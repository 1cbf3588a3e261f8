#include "layer/initialization.h"

#include <cmath>

namespace convlstm {

std::vector<float> initial_values(const ParameterShape& shape, Random& random) {
  const float constant = shape.role == ParameterShape::Role::scale ? 1.0f : 0.0f;
  std::vector<float> values(static_cast<std::size_t>(shape.count), constant);
  if (shape.role != ParameterShape::Role::kernel) return values;
  const double area = static_cast<double>(shape.count) /
                      (static_cast<double>(shape.dims[0]) * static_cast<double>(shape.dims[1]));
  const double fans = area * (static_cast<double>(shape.dims[0]) + static_cast<double>(shape.dims[1]));
  const auto limit = static_cast<float>(std::sqrt(6.0 / fans));
  for (float& value : values) value = random.uniform(-limit, limit);
  return values;
}

}  // namespace convlstm
