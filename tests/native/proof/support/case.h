// A case of the proof: a layer with every knob, and a run of it. Each knob is a place in a list of values,
// the first of which is the plainest, so that drawing, covering, shrinking and printing need to know nothing
// of what a knob means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace convlstm::test {

enum class Knob : std::size_t {
  kCell,
  kRank,
  kLayout,
  kOutput,
  kPeephole,
  kBias,
  kForgetBias,
  kClip,
  kGateActivation,
  kCellActivation,
  kNormalization,
  kGroupChannels,
  kEpsilon,
  kMask,
  kMaskGiven,
  kDirection,
  kMerge,
  kLayers,
  kStorage,
  kInputDropout,
  kRecurrentDropout,
  kPadding,
  kPads,
  kInputKernel,
  kStride,
  kDilation,
  kRecurrentKernel,
  kRecurrentDilation,
  kInputChannels,
  kHiddenChannels,
  kBatch,
  kSize,
  kSteps,
  kInputSteps,
  kState,
  kGradients,
  kCheckpoint,
  kTruncate,
  kThreads,
  kInstructionSet,
  kCount
};
inline constexpr std::size_t kKnobCount = static_cast<std::size_t>(Knob::kCount);

// Those of the processor that the tests are built for; rules.h knows which of them the machine has.
#if defined(__aarch64__)
inline constexpr std::size_t kInstructionSetCount = 2;
#else
inline constexpr std::size_t kInstructionSetCount = 4;
#endif

// One value of a knob: its name in texts, and its numbers (a size for each dimension where the knob is of
// sizes).
struct KnobValue {
  std::string_view name;
  std::array<float, 3> numbers{};
};

struct KnobInfo {
  std::string_view name;
  std::span<const KnobValue> values;
};

const KnobInfo& info_of(Knob knob);

struct Case {
  std::array<std::uint8_t, kKnobCount> place{};
  std::uint64_t seed = 1;  // of all random numbers of the run

  std::uint8_t& operator[](Knob knob) { return place[static_cast<std::size_t>(knob)]; }
  std::uint8_t operator[](Knob knob) const { return place[static_cast<std::size_t>(knob)]; }
  const KnobValue& value(Knob knob) const { return info_of(knob).values[(*this)[knob]]; }
  float number(Knob knob, std::size_t dimension = 0) const { return value(knob).numbers[dimension]; }
  std::int32_t integer(Knob knob, std::size_t dimension = 0) const {
    return static_cast<std::int32_t>(number(knob, dimension));
  }
  bool operator==(const Case&) const = default;
};

// Such as "cell=st_lstm layers=2 seed=7": the knobs that are not at their plainest value.
std::string to_text(const Case& tested);
// Throws std::invalid_argument where the text names what does not exist.
Case parse_case(const std::string& text);

template <typename Use>
void for_each_knob(const Use& use) {
  for (std::size_t k = 0; k < kKnobCount; ++k) use(static_cast<Knob>(k));
}

}  // namespace convlstm::test
