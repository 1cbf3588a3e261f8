// Whether a stack runs in a wave, and how its layers are cut there.
//
// The model gives every layer of a wave a share of the multiprocessors, and takes for a front of the wave
// what the slowest layer takes on its share (fused_estimate.h), and what the starts of the other layers'
// kernels hold it up. A wave of T steps has a front for each step, and one more for every layer but one.
#include <algorithm>
#include <string_view>

#include "backend/cuda/fused.h"
#include "backend/cuda/fused_estimate.h"
#include "backend/cuda/fused_wave.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

constexpr double kGain = 1.25;               // so much faster it must seem: the model is no more certain
constexpr double kBranchMicroseconds = 0.5;  // of a start beside another one; a guess

// The tiling that is asked for, maybe none; no value where another executor is.
std::optional<std::string> fused_tiling(const std::string& requested) {
  const std::size_t colon = requested.find(':');
  if (!requested.empty() && requested.substr(0, colon) != "fused") return {};
  return colon == std::string::npos ? std::string() : requested.substr(colon + 1);
}

WaveChoice layer_after_layer(const std::string& why) {
  return {nullptr, "layer after layer: " + why};
}

// Those that run step by step: all that may be the fastest, or what is asked for.
std::vector<FusedForm> forms_of(const Device& device, const FusedProblem& problem,
                                const std::string& tiling) {
  if (tiling == "hopper") return {std::begin(kHopperTiles), std::end(kHopperTiles)};
  const auto is_whole = [](const FusedForm& form) { return std::holds_alternative<PersistentTile>(form); };
  if (tiling.empty()) {
    std::vector<FusedForm> forms = forms_to_try(device, problem);
    std::erase_if(forms, is_whole);
    return forms;
  }
  const std::optional<FusedForm> form = form_of(tiling);
  if (!form || is_whole(*form))
    fail(CLN_UNSUPPORTED, "executor: expected a tiling of single steps for a wave, got fused:", tiling,
         ",wave");
  return {*form};
}

// On a share of the multiprocessors.
FormEstimate best_on(int share, const Device& device, const WaveLayer& layer, const std::string& tiling) {
  FusedProblem problem = problem_of(device, layer.desc, layer.shape);
  problem.figures.multiprocessors = share;
  return estimates_of(problem, forms_of(device, problem, tiling)).front();
}

// By itself, as it is run unasked.
double time_alone(const Device& device, const WaveLayer& layer) {
  const FusedProblem problem = problem_of(device, layer.desc, layer.shape);
  if (!Fused::suits(device, layer.desc, layer.shape)) return estimate_stepwise(problem).total;
  return estimates_of(problem, forms_to_try(device, problem)).front().estimate.total;
}

// What the steps of a stack take.
struct Times {
  double front = 0, layers = 0;  // of all layers beside each other, and one after the other

  // The shortest sequence for which the wave should be faster, by kGain; 0: none is.
  std::int64_t least_steps(std::size_t count) const {
    const double of_step = layers - kGain * front, of_ends = kGain * front * static_cast<double>(count - 1);
    if (of_step <= 0) return 0;
    return std::max<std::int64_t>(2, static_cast<std::int64_t>(of_ends / of_step) + 1);
  }
  std::string text() const {
    return "by the model, not measured, a step of all layers takes " + microseconds_text(front) +
           " in a wave and " + microseconds_text(layers) + " layer after layer";
  }
};

// One name where all are the same.
std::string names_of(const std::vector<FusedForm>& forms) {
  std::string names = name_of(forms.front());
  if (std::all_of(forms.begin(), forms.end(), [&](const FusedForm& form) { return form == forms.front(); }))
    return names;
  for (std::size_t l = 1; l < forms.size(); ++l) names += "; " + name_of(forms[l]);
  return names;
}

}  // namespace

std::optional<std::string> tiling_in_wave(const std::string& tiling) {
  constexpr std::string_view kWave = "wave", kEnd = ",wave";
  if (tiling == kWave) return std::string();
  if (!tiling.ends_with(kEnd)) return {};
  return tiling.substr(0, tiling.size() - kEnd.size());
}

WaveChoice choose_fused_wave(const std::shared_ptr<Device>& device, std::span<const WaveLayer> layers) {
  const int all = device->stream.multiprocessors();
  const int share = std::max(1, all / static_cast<int>(layers.size()));
  std::vector<FusedForm> forms;
  Times times;
  std::size_t asked = 0;
  for (const WaveLayer& layer : layers) {
    const std::optional<std::string> tiling = fused_tiling(layer.requested);
    if (!tiling) return layer_after_layer("another executor is asked for");
    const std::optional<std::string> in_wave = tiling_in_wave(*tiling);
    if (!tiling->empty() && !in_wave) return layer_after_layer("a tiling without a wave is asked for");
    if (const Verdict verdict = Fused::supports(layer.desc, layer.shape); !verdict)
      return layer_after_layer(verdict.why_not);
    const FormEstimate best = best_on(share, *device, layer, in_wave.value_or(""));
    forms.push_back(best.form);
    times.front = std::max(times.front, best.estimate.total);
    times.layers += time_alone(*device, layer);
    if (in_wave) ++asked;
  }
  times.front += static_cast<double>(layers.size() - 1) * kBranchMicroseconds;
  const bool is_asked_for = asked == layers.size();
  const std::int64_t least = is_asked_for ? 1 : times.least_steps(layers.size());
  if (least == 0) return layer_after_layer(times.text());
  std::string why = "wave of " + std::to_string(layers.size()) + " layers";
  if (!is_asked_for) why += " from " + std::to_string(least) + " steps on";
  why += ", each on a share of " + std::to_string(share) + " of " + std::to_string(all) +
         " multiprocessors: " + names_of(forms);
  if (!is_asked_for) why += "; " + times.text();
  return {std::make_unique<FusedWave>(device, layers, forms, least), std::move(why)};
}

}  // namespace convlstm::cuda
