#include "shapes.h"

namespace convlstm::benchmarks {

std::span<const Shape> all_shapes() {
  static constexpr Shape kShapes[] = {
      {"seed", 5, 3, 10, 3, 10, 1, 1, false, true},  {"mm3", 64, 1, 64, 3, 10, 1, 1, true, true},
      {"mm5", 64, 1, 64, 5, 10, 1, 1, true, false},  {"wide", 64, 1, 128, 3, 10, 1, 1, false, false},
      {"stl", 16, 16, 128, 5, 19, 1, 4, true, true}, {"radar", 256, 1, 64, 3, 2, 1, 1, true, false},
      {"small", 32, 1, 32, 3, 10, 8, 1, true, true}, {"step", 64, 64, 64, 3, 1, 1, 1, false, false},
  };
  return kShapes;
}

double Shape::operations(bool is_training) const {
  double total = 0;
  for (int layer = 0; layer < layers; ++layer) {
    const double one = 2.0 * 4.0 * static_cast<double>(kernel * kernel * state_count() * steps);
    const double from_hidden = one * static_cast<double>(hidden);
    const double from_input = one * static_cast<double>(inputs_of(layer));
    total += is_training ? 3 * from_hidden - from_hidden / static_cast<double>(steps) +
                               (layer > 0 ? 3 : 2) * from_input
                         : from_hidden + from_input;
  }
  return total;
}

Shape Shape::stream() const {
  Shape one = *this;
  one.steps = 1;
  return one;
}

}  // namespace convlstm::benchmarks
