#include "support/search.h"

#include <array>
#include <string_view>

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

void set_to(Case& out, Knob knob, const char* name) {
  const auto values = info_of(knob).values;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (std::string_view(values[k].name) == name) out[knob] = static_cast<std::uint8_t>(k);
}

// What every executor has, and a kernel that Winograd's has: all other knobs stay as they are.
void make_plain(Case& out, std::mt19937_64& random) {
  for (const Knob knob : {Knob::kCell, Knob::kRank, Knob::kPeephole, Knob::kNormalization, Knob::kMask,
                          Knob::kStorage, Knob::kInputDropout, Knob::kRecurrentDropout, Knob::kPadding,
                          Knob::kPads, Knob::kStride, Knob::kDilation, Knob::kRecurrentDilation})
    out[knob] = 0;
  if (random() % 2) set_to(out, Knob::kPeephole, "per_channel");
  set_to(out, Knob::kRecurrentKernel, random() % 2 ? "3,3,3" : "5,5,3");
  set_to(out, Knob::kInputKernel, random() % 2 ? "3,3,3" : "1,3,1");
}

// From all knobs at random to most of them at their plainest, so that executors that have but a part of them
// are met too.
Case random_start(std::mt19937_64& random) {
  const std::uint64_t plain_of_ten = std::array<std::uint64_t, 3>{0, 4, 8}[random() % 3];
  Case out;
  for_each_knob([&](Knob knob) {
    if (random() % 10 >= plain_of_ten || is_always_drawn(knob)) set_at_random(out, knob, random);
  });
  if (random() % 8 == 0) make_plain(out, random);
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
