#include "support/numbers.h"

#include <cmath>
#include <random>
#include <string_view>

namespace convlstm::test {
namespace {

constexpr std::uint64_t kStreams = 1000003;  // of a seed
constexpr std::uint64_t kParameterStream = 100;
constexpr std::uint64_t kMaskStream = 99;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Floats Draw::numbers(std::int64_t count, std::uint64_t stream, float scale, float centre) const {
  Floats out = random_floats(count, seed * kStreams + stream);
  for (float& value : out) value = centre + scale * value;
  if (noise != 0) {
    const Floats shake = random_floats(count, noise_seed * kStreams + stream);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= 1 + noise * shake[i];
  }
  return out;
}

void draw_parameters(const Layer& layer, const Draw& draw) {
  for (std::int32_t i = 0; i < parameter_count(layer); ++i) {
    cln_parameter_info info{};
    info.struct_size = sizeof info;
    ok(cln_layer_get_parameter_info(layer.get(), i, &info));
    const std::string_view name = info.name;
    float scale = 0.5f;
    if (has(name, "kernel")) {
      const float fan_in = static_cast<float>(info.element_count) / static_cast<float>(info.dims[0]);
      scale = 2 / std::sqrt(fan_in);
    }
    const float centre = has(name, "norm_scale") ? 1.0f : 0.0f;
    const std::uint64_t stream = kParameterStream + static_cast<std::uint64_t>(i);
    set_parameter(layer, i, draw.numbers(info.element_count, stream, scale, centre));
  }
}

MaskNumbers draw_mask(const Case& tested, const Problem& problem) {
  std::mt19937_64 random(tested.seed * kStreams + kMaskStream);
  MaskNumbers out;
  if (tested[Knob::kMaskGiven] == 1)
    for (std::int64_t n = 0; n < problem.batch; ++n)
      out.lengths.push_back(
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(problem.steps + 1)));
  if (tested[Knob::kMaskGiven] == 2)
    for (std::int64_t i = 0; i < problem.batch * problem.steps; ++i) out.steps.push_back(random() % 3 != 0);
  return out;
}

}  // namespace convlstm::test
