#include "workload.h"

#include <cmath>

#include "core/random.h"

namespace convlstm::benchmarks {
namespace {

Floats uniform(Random& random, std::int64_t count, float bound) {
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = random.uniform(-bound, bound);
  return values;
}

}  // namespace

Workload::Workload(const Shape& s) : shape(s) {
  Random random(1);
  const float bound = 1.0f / std::sqrt(static_cast<float>(shape.hidden * shape.kernel * shape.kernel));
  const std::int64_t taps = 4 * shape.hidden * shape.kernel * shape.kernel;
  for (int layer = 0; layer < shape.layers; ++layer) {
    LayerWeights& weights = layers.emplace_back();
    weights.input_kernel = uniform(random, taps * shape.inputs_of(layer), bound);
    weights.recurrent_kernel = uniform(random, taps * shape.hidden, bound);
    weights.bias = uniform(random, 4 * shape.hidden, bound);
    weights.hidden = uniform(random, shape.state_count(), 0.5f);
    weights.cell = uniform(random, shape.state_count(), 0.5f);
  }
  x = uniform(random, shape.input_count(0), 1.0f);
  dy = uniform(random, shape.steps * shape.state_count(), 1e-2f);
}

}  // namespace convlstm::benchmarks
