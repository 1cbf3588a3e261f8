#include "support/slopes.h"

#include <algorithm>
#include <cmath>

namespace convlstm::test {
namespace {

struct Slope {
  double value = 0;
  double scale = 0;  // the root of the sum of the squares of what it is the sum of
};

Slope by_gradients(const Outcome& trained, const Outcome& from, const Outcome& to) {
  const auto is_gradient = [](const NamedArray& array) { return array.is_gradient(); };
  auto gradient = std::find_if(trained.begin(), trained.end(), is_gradient);
  Slope slope;
  for (std::size_t a = 0; a < from.size(); ++a, ++gradient)
    for (std::size_t i = 0; i < from[a].values.size(); ++i) {
      const double direction = static_cast<double>(to[a].values[i]) - from[a].values[i];
      const double part = gradient->values[i] * direction;
      slope.value += part;
      slope.scale += part * part;
    }
  slope.scale = std::sqrt(slope.scale);
  return slope;
}

}  // namespace

std::optional<std::string> compare_slopes(const Subject& subject, const Outcome& trained,
                                          const Shake& shake) {
  constexpr double kTolerance = 0.02, kRoundingOfLoss = 3e-7;
  Slope slope;
  double by_difference = 0;
  float step = 0x1p-8f;
  for (std::uint64_t direction = 1; direction <= 4; ++direction, step /= 4) {
    slope = by_gradients(trained, subject.inputs(), shake(1, direction).inputs());
    const auto loss = [&](float by) { return subject.loss_of(shake(by, direction).train(0, 0)); };
    const double above = loss(step), below = loss(-step);
    by_difference = (above - below) / (2.0 * step);
    const double bound = kTolerance * slope.scale + kRoundingOfLoss / step;
    const auto agrees = [&](double difference) { return std::abs(slope.value - difference) <= bound; };
    if (agrees(by_difference)) return std::nullopt;
    // At a kink the gradient is the slope of one of its sides.
    const double middle = loss(0);
    if (agrees((above - middle) / step) || agrees((middle - below) / step)) return std::nullopt;
  }
  return "the slope of the loss is " + std::to_string(slope.value) + " by gradients, but " +
         std::to_string(by_difference) + " by differences";
}

}  // namespace convlstm::test
