#include "support/feature.h"

#include "support/problem.h"

namespace convlstm::test {
namespace {

using Value = std::optional<std::size_t>;

template <Knob knob>
Value place(const Case& tested) {
  return tested[knob];
}

template <Knob knob>
Value is_set(const Case& tested) {
  return tested[knob] != 0 ? 1u : 0u;
}

Value yes_or_no(bool holds) {
  return holds ? 1u : 0u;
}

bool has_input(const Case& tested) {
  return tested.integer(Knob::kInputChannels) > 0;
}

// Whether a list of sizes says something in a dimension that the case has.
template <typename Holds>
bool any_dimension(const Case& tested, const Holds& holds) {
  for (std::size_t k = 0; k < static_cast<std::size_t>(tested.integer(Knob::kRank)); ++k)
    if (holds(k)) return true;
  return false;
}

Value mask_given(const Case& tested) {
  return tested[Knob::kMask] == 0 ? Value() : tested[Knob::kMaskGiven];
}

Value merge(const Case& tested) {
  return tested.integer(Knob::kDirection) == CLN_DIRECTION_BIDIRECTIONAL ? Value(tested[Knob::kMerge])
                                                                         : Value();
}

Value input_dropout(const Case& tested) {
  return has_input(tested) || tested[Knob::kLayers] > 0 ? is_set<Knob::kInputDropout>(tested) : Value();
}

Value padding(const Case& tested) {
  return has_input(tested) ? Value(tested[Knob::kPadding]) : Value();
}

Value stride(const Case& tested) {
  if (!has_input(tested)) return {};
  return yes_or_no(
      any_dimension(tested, [&](std::size_t k) { return tested.integer(Knob::kStride, k) > 1; }));
}

template <Knob dilation, Knob kernel>
bool is_dilated(const Case& tested) {
  return any_dimension(tested, [&](std::size_t k) {
    return tested.integer(dilation, k) > 1 && tested.integer(kernel, k) > 1;
  });
}

Value input_dilation(const Case& tested) {
  return has_input(tested) ? yes_or_no(is_dilated<Knob::kDilation, Knob::kInputKernel>(tested)) : Value();
}

Value recurrent_dilation(const Case& tested) {
  return yes_or_no(is_dilated<Knob::kRecurrentDilation, Knob::kRecurrentKernel>(tested));
}

Value kernels_differ(const Case& tested) {
  if (!has_input(tested)) return {};
  return yes_or_no(any_dimension(tested, [&](std::size_t k) {
    return tested.integer(Knob::kInputKernel, k) != tested.integer(Knob::kRecurrentKernel, k);
  }));
}

Value even_kernel(const Case& tested) {
  return yes_or_no(any_dimension(tested, [&](std::size_t k) {
    return (has_input(tested) && tested.integer(Knob::kInputKernel, k) % 2 == 0) ||
           tested.integer(Knob::kRecurrentKernel, k) % 2 == 0;
  }));
}

Value lacks_inputs(const Case& tested) {
  if (!has_input(tested)) return {};
  const Problem problem = problem_of(tested);
  return problem.input_steps == problem.steps ? 0u : problem.input_steps > 0 ? 1u : 2u;
}

Value has_no_input(const Case& tested) {
  return yes_or_no(!has_input(tested));
}

Value is_one_pixel(const Case& tested) {
  return yes_or_no(product(problem_of(tested).grid) == 1);
}

constexpr Feature kFeatures[] = {
    {"cell", 4, place<Knob::kCell>},
    {"rank", 3, place<Knob::kRank>},
    {"layout", 4, place<Knob::kLayout>},
    {"output", 2, place<Knob::kOutput>},
    {"peephole", 3, place<Knob::kPeephole>},
    {"bias", 3, place<Knob::kBias>},
    {"has forget bias", 2, is_set<Knob::kForgetBias>},
    {"is clipped", 2, is_set<Knob::kClip>},
    {"gate activation", 3, place<Knob::kGateActivation>},
    {"cell activation", 4, place<Knob::kCellActivation>},
    {"normalization", 3, place<Knob::kNormalization>},
    {"mask", 3, place<Knob::kMask>},
    {"mask given", 3, mask_given},
    {"direction", 3, place<Knob::kDirection>},
    {"merge", 4, merge},
    {"is stacked", 2, is_set<Knob::kLayers>},
    {"storage", 2, place<Knob::kStorage>},
    {"input dropout", 2, input_dropout},
    {"recurrent dropout", 2, is_set<Knob::kRecurrentDropout>},
    {"padding", 4, padding},
    {"stride", 2, stride},
    {"input dilation", 2, input_dilation},
    {"recurrent dilation", 2, recurrent_dilation},
    {"kernels differ", 2, kernels_differ},
    {"even kernel", 2, even_kernel},
    {"lacks inputs", 3, lacks_inputs},
    {"has no input", 2, has_no_input},
    {"state given", 2, is_set<Knob::kState>},
    {"gradients", 3, place<Knob::kGradients>},
    {"checkpoints", 2, is_set<Knob::kCheckpoint>},
    {"truncates", 2, is_set<Knob::kTruncate>},
    {"one pixel", 2, is_one_pixel},
    {"threads", 3, place<Knob::kThreads>},
    {"instruction set", kInstructionSetCount, place<Knob::kInstructionSet>},
};

}  // namespace

std::span<const Feature> features() {
  return kFeatures;
}

}  // namespace convlstm::test
