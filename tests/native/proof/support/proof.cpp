#include "support/proof.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "support/slopes.h"
#include "support/subject.h"

namespace convlstm::test {
namespace {

constexpr const char* kReference = "reference";
constexpr const char* kWave = "fused:64x32,wave";
constexpr const char* kExecutors[] = {"winograd_fused", "direct_fused", "generic", kReference};

// With CLN_PROOF_DEVICE=cuda those of the CUDA backend, on device 0; of the fused one every tile, depths that
// blocks share, and stacks in a wave.
constexpr const char* kCudaExecutors[] = {"fused", "fused:128x128", "fused:64x64,split3",
                                          "fused:64x32,split2", kWave, "cudnn_stepwise"};

using Finding = std::optional<std::string>;

bool is_normalized(const Case& tested) {
  return tested.integer(Knob::kNormalization) != CLN_NORMALIZATION_NONE;
}
float growth_in_normalization(const Case& tested) {
  return 1 + 0.1f / std::sqrt(tested.number(Knob::kEpsilon));
}

// Sums of 32-bit floats in another order. A normalization of almost equal numbers divides by little more than
// the root of epsilon, the rounding of what it divides grows with that, and the gradients of what goes into
// it may cancel altogether.
Bound rounding_of(const Case& tested) {
  constexpr float kTolerance = 1e-5f;
  if (!is_normalized(tested)) return {kTolerance};
  return {kTolerance * growth_in_normalization(tested), 0.05f, 1};
}

// A function that bends: numbers on the two sides of the bend have different slopes, however near they lie.
bool has_kink(const Case& tested) {
  return tested.integer(Knob::kGateActivation) != CLN_GATE_ACTIVATION_SIGMOID ||
         tested.integer(Knob::kCellActivation) == CLN_CELL_ACTIVATION_RELU || tested.number(Knob::kClip) > 0;
}

bool is_bfloat16(const Case& tested) {
  return tested.integer(Knob::kStorage) == CLN_STORAGE_BFLOAT16;
}

// How much more a GPU loses by bfloat16: what its convolutions give is rounded too.
float loss_of_device() {
  return is_on_cuda() ? 2 : 1;
}

// Two executors. bfloat16: a number between two of its own can be rounded either way.
Bound bound_of(const Case& tested) {
  Bound bound = rounding_of(tested);
  if (!is_bfloat16(tested)) return bound;
  bound.tolerance = 2e-2f * loss_of_device();
  // There the gradients of what goes into a normalization are rounded before they cancel.
  if (is_on_cuda() && is_normalized(tested)) bound.gradient_floor = growth_in_normalization(tested);
  return bound;
}

// How far the reference itself moves when its numbers do by some times the rounding of their storage: what a
// normalization of almost equal numbers, or a kink of a function, makes of it.
template <typename RunOf>
Outcome spread_of(const Case& tested, const Draw& draw, const RunOf& run_of) {
  constexpr std::uint64_t kTimes = 16;
  const Outcome expected = run_of(*Subject::create(tested, kReference, draw));
  Outcome spread = expected;
  for (NamedArray& array : spread) std::fill(array.values.begin(), array.values.end(), 0.0f);
  for (std::uint64_t seed = 1; seed <= kTimes; ++seed) {
    Draw shaken = draw;
    shaken.noise = is_bfloat16(tested) ? 0x1p-6f * loss_of_device() : 0x1p-18f;
    shaken.noise_seed = seed;
    widen(spread, expected, run_of(*Subject::create(tested, kReference, shaken)));
  }
  return spread;
}

class Prover {
 public:
  explicit Prover(const Case& tested)
      : tested_(tested),
        draw_{tested.seed, 0, 0},
        truncate_(tested.integer(Knob::kTruncate)),
        checkpoint_(tested.integer(Knob::kCheckpoint)) {}

  Verdict run() {
    const std::optional<Subject> reference = Subject::create(tested_, kReference, draw_);
    if (!reference) return {"reference: does not support the layer", {}, false};
    expected_ = reference->train(0, truncate_);
    verdict_.failure = check_gradients(*reference);
    if (verdict_.failure) return verdict_;
    for (const char* executor : executors_to_prove()) {
      if (executor == kWave && tested_.integer(Knob::kLayers) == 1) continue;  // no stack
      const std::optional<Subject> subject = Subject::create(tested_, executor, draw_);
      if (!subject) continue;
      is_reference_ = executor == kReference;
      if (!is_reference_) verdict_.executors.push_back(executor);
      if (const Finding problem = check(*subject, *reference)) {
        verdict_.failure = std::string(executor) + ": " + *problem;
        break;
      }
    }
    return verdict_;
  }

 private:
  // The reference by differences, as far as its gradients are those of what it computes (not cut off, not of
  // rounded numbers) and that bends no sharper than a difference can follow.
  Finding check_gradients(const Subject& reference) const {
    if (truncate_ > 0 || tested_.integer(Knob::kStorage) != CLN_STORAGE_FLOAT32) return std::nullopt;
    if (tested_[Knob::kGradients] == 1 || tested_.number(Knob::kEpsilon) < 1e-3f) return std::nullopt;
    return compare_slopes(reference, expected_, [&](float by, std::uint64_t direction) {
      return *Subject::create(tested_, kReference, {tested_.seed, by, direction});
    });
  }

  Finding check(const Subject& subject, const Subject& reference) {
    const Outcome trained = subject.train(0, truncate_);
    if (const Finding problem = compare_near(expected_, trained)) return problem;
    if (const Finding problem = check_inference(subject, reference, trained)) return problem;
    if (checkpoint_ > 0)
      if (const Finding problem = compare_bits(trained, subject.train(checkpoint_, truncate_)))
        return "with checkpoints, " + *problem;
    if (truncate_ > 0 && is_chain())
      if (const Finding problem = compare_near(subject.train_in_chunks(truncate_), trained))
        return "truncated, against a chain of runs, " + *problem;
    return std::nullopt;
  }

  // Inference against the training forward where nothing is dropped; else against the reference.
  Finding check_inference(const Subject& subject, const Subject& reference, const Outcome& trained) {
    const Outcome inferred = subject.infer();
    if (tested_[Knob::kInputDropout] != 0 || tested_[Knob::kRecurrentDropout] != 0) {
      const Finding problem =
          compare_near(reference.infer(), inferred, [](const Subject& s) { return s.infer(); });
      return problem ? "inference, " + *problem : problem;
    }
    const Outcome forward(trained.begin(), trained.begin() + static_cast<std::ptrdiff_t>(inferred.size()));
    const Finding problem = compare_bits(inferred, forward);
    return problem ? "training against inference, " + *problem : problem;
  }

  // The reference keeps 64-bit states within a run, but the parts that a sequence is cut into hand each other
  // 32-bit ones. cuDNN may choose another way for another number of images.
  Finding compare_bits(const Outcome& expected, const Outcome& actual) {
    return is_reference_ || is_on_cuda() ? compare_near(expected, actual)
                                         : test::compare_bits(expected, actual, rounding_of(tested_));
  }

  Finding compare_near(const Outcome& expected, const Outcome& actual) {
    return compare_near(expected, actual,
                        [&](const Subject& subject) { return subject.train(0, truncate_); });
  }

  // `run_of` makes the outcome of a reference whose numbers were shaken.
  template <typename RunOf>
  Finding compare_near(const Outcome& expected, const Outcome& actual, const RunOf& run_of) {
    const Bound bound = bound_of(tested_);
    const Finding problem = compare(expected, actual, bound);
    if (!problem) return std::nullopt;
    if (!has_kink(tested_) && !is_normalized(tested_)) return problem;  // nothing that could move it so far
    verdict_.needed_slack = true;
    const Outcome spread = spread_of(tested_, draw_, run_of);
    return compare(expected, actual, bound, &spread);
  }

  // Whether runs of K steps are the same sequence: both directions are cut in different places, and what is
  // repeated in a masked step is lost in between.
  bool is_chain() const {
    const bool repeats = tested_.integer(Knob::kMask) == CLN_MASK_REPEAT && tested_[Knob::kMaskGiven] != 0;
    return tested_.integer(Knob::kDirection) != CLN_DIRECTION_BIDIRECTIONAL && !repeats;
  }

  Case tested_;
  Draw draw_;
  std::int64_t truncate_, checkpoint_;
  bool is_reference_ = false;
  Outcome expected_;  // of the reference
  Verdict verdict_;
};

Finding what_is_alive() {
  for (std::int32_t kind = 0; kind < CLN_OBJECT_KIND_COUNT; ++kind) {
    std::int64_t objects = -1, bytes = -1;
    ok(cln_debug_get_live(kind, &objects, &bytes));
    if (objects != 0 || bytes != 0)
      return "alive of kind " + std::to_string(kind) + ": " + std::to_string(objects) + " objects, " +
             std::to_string(bytes) + " bytes";
  }
  return std::nullopt;
}

}  // namespace

bool is_on_cuda() {
  const char* const device = std::getenv("CLN_PROOF_DEVICE");
  return device != nullptr && std::string_view(device) == "cuda";
}

std::span<const char* const> executors_to_prove() {
  if (is_on_cuda()) return kCudaExecutors;
  return kExecutors;
}

Verdict prove(const Case& tested) {
  Verdict verdict;
  try {
    verdict = Prover(tested).run();
  } catch (const std::exception& exception) {
    verdict.failure = exception.what();
  }
  if (!verdict.failure) verdict.failure = what_is_alive();
  return verdict;
}

}  // namespace convlstm::test
