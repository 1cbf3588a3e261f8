#include "support/coverage.h"

#include <algorithm>

#include "support/feature.h"

namespace convlstm::test {
namespace {

template <typename Use>
void for_each_pair(const Use& use) {
  for (std::size_t a = 0; a < features().size(); ++a)
    for (std::size_t b = a + 1; b < features().size(); ++b)
      for (std::size_t value_a = 0; value_a < features()[a].value_count; ++value_a)
        for (std::size_t value_b = 0; value_b < features()[b].value_count; ++value_b)
          use(Pair{Wish{a, value_a}, Wish{b, value_b}});
}

}  // namespace

Coverage::Coverage() {
  for (const Feature& feature : features()) {
    first_value_.push_back(value_count_);
    value_count_ += feature.value_count;
  }
  seen_.resize(value_count_ * value_count_);
}

std::size_t Coverage::place_of(const Pair& pair) const {
  const auto value = [&](const Wish& wish) { return first_value_[wish.feature] + wish.value; };
  return value(pair[0]) * value_count_ + value(pair[1]);
}

void Coverage::record(const Case& tested) {
  std::vector<Wish> held;
  for (std::size_t f = 0; f < features().size(); ++f)
    if (const auto value = features()[f].value_of(tested)) held.push_back({f, *value});
  for (std::size_t a = 0; a < held.size(); ++a)
    for (std::size_t b = a + 1; b < held.size(); ++b) seen_[place_of({held[a], held[b]})] = true;
}

bool Coverage::is_covered(const Pair& pair) const {
  return seen_[place_of(pair)];
}

std::vector<Pair> Coverage::uncovered() const {
  std::vector<Pair> out;
  for_each_pair([&](const Pair& pair) {
    if (!is_covered(pair)) out.push_back(pair);
  });
  return out;
}

std::size_t Coverage::covered_count() const {
  return static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), true));
}

std::size_t Coverage::pair_count() const {
  std::size_t count = 0;
  for_each_pair([&](const Pair&) { ++count; });
  return count;
}

std::string to_text(const Pair& pair) {
  std::string out;
  for (const Wish& wish : pair) {
    if (!out.empty()) out += ", ";
    out += std::string(features()[wish.feature].name) + " " + std::to_string(wish.value);
  }
  return out;
}

std::vector<Case> generate_cases(std::uint64_t seed, std::size_t count) {
  constexpr int kChanges = 1000;
  std::mt19937_64 random(seed);
  Coverage coverage;
  std::vector<Case> out;
  const auto add = [&](const Case& found) {
    coverage.record(found);
    out.push_back(found);
  };
  while (out.size() < count / 2) add(random_case(random));
  for (const Pair& pair : coverage.uncovered()) {
    if (out.size() >= count) break;
    if (coverage.is_covered(pair)) continue;
    if (const auto found = find_case(pair, random, kChanges)) add(*found);
  }
  while (out.size() < count) add(random_case(random));
  return out;
}

}  // namespace convlstm::test
