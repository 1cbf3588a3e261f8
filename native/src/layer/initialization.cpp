#include "layer/initialization.h"

#include <cmath>

namespace convlstm {

std::vector<float> initial_values(const ParameterShape& shape, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(shape.count), 0.0f);
  if (!shape.is_kernel()) return values;
  const auto area = static_cast<double>(shape.dims[2] * shape.dims[3]);
  const double fans = area * (static_cast<double>(shape.dims[0]) + static_cast<double>(shape.dims[1]));
  const auto limit = static_cast<float>(std::sqrt(6.0 / fans));
  for (float& value : values) value = random.uniform(-limit, limit);
  return values;
}

}  // namespace convlstm
