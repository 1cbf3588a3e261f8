#include "support/search.h"

#include <array>

#include "support/feature.h"
#include "support/rules.h"

namespace convlstm::test {
namespace {

void set_at_random(Case& out, Knob knob, std::mt19937_64& random) {
  out[knob] = static_cast<std::uint8_t>(random() % info_of(knob).values.size());
}

bool is_always_drawn(Knob knob) {
  return knob == Knob::kInputChannels || knob == Knob::kHiddenChannels || knob == Knob::kBatch ||
         knob == Knob::kSize || knob == Knob::kSteps || knob == Knob::kInstructionSet;
}

// From all knobs at random to most of them at their plainest, so that executors that have but a part of them
// are met too.
Case random_start(std::mt19937_64& random) {
  const std::uint64_t plain_of_ten = std::array<std::uint64_t, 3>{0, 4, 8}[random() % 3];
  Case out;
  for_each_knob([&](Knob knob) {
    if (random() % 10 >= plain_of_ten || is_always_drawn(knob)) set_at_random(out, knob, random);
  });
  out.seed = random() % 1000000;
  return out;
}

double distance(const Case& tested, std::span<const Wish> wishes) {
  double out = distance_to_valid(tested);
  for (const Wish& wish : wishes) out += features()[wish.feature].value_of(tested) != wish.value;
  return out;
}

}  // namespace

std::optional<Case> find_case(std::span<const Wish> wishes, std::mt19937_64& random, int changes) {
  Case best = random_start(random);
  double best_distance = distance(best, wishes);
  for (int change = 0; best_distance > 0 && change < changes; ++change) {
    Case next = best;
    for (std::uint64_t knobs = 1 + random() % 2; knobs > 0; --knobs)
      set_at_random(next, static_cast<Knob>(random() % kKnobCount), random);
    const double next_distance = distance(next, wishes);
    if (next_distance > best_distance) continue;
    best = next;
    best_distance = next_distance;
  }
  return best_distance == 0 ? std::optional(best) : std::nullopt;
}

Case random_case(std::mt19937_64& random) {
  while (true)
    if (const std::optional<Case> found = find_case({}, random, 1000)) return *found;
}

}  // namespace convlstm::test
