#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "support/coverage.h"
#include "support/feature.h"
#include "support/rules.h"

namespace convlstm::test {
namespace {

Wish wish(std::string_view feature, std::size_t value) {
  for (std::size_t f = 0; f < features().size(); ++f)
    if (features()[f].name == feature) return {f, value};
  throw std::invalid_argument("no such feature");
}

TEST(CoverageTest, DefaultCases_EveryPairOfKnobValues_IsCoveredOrImpossible) {
  Coverage coverage;
  for (const Case& tested : generate_cases(1, 2000)) {
    ASSERT_TRUE(is_valid(tested)) << to_text(tested);
    coverage.record(tested);
  }
  std::mt19937_64 random(2);
  const std::vector<Pair> left = coverage.uncovered();
  for (const Pair& pair : left)
    for (int start = 0; start < 10; ++start)
      if (const auto found = find_case(pair, random, 3000)) {
        ADD_FAILURE() << to_text(pair) << " is not covered, but possible: " << to_text(*found);
        break;
      }
  std::cout << coverage.covered_count() << " of " << coverage.pair_count() << " pairs covered, "
            << left.size() << " impossible" << std::endl;
}

TEST(CoverageTest, Uncovered_PairsThatTheHeaderRulesOut_AreThere) {
  Coverage coverage;
  for (const Case& tested : generate_cases(1, 2000)) coverage.record(tested);
  EXPECT_FALSE(coverage.is_covered({wish("cell", 1), wish("peephole", 1)}));
  EXPECT_FALSE(coverage.is_covered({wish("cell", 3), wish("normalization", 1)}));
  EXPECT_FALSE(coverage.is_covered({wish("stride", 1), wish("input dilation", 1)}));
  EXPECT_FALSE(coverage.is_covered({wish("padding", 0), wish("has no input", 1)}));
  EXPECT_TRUE(coverage.is_covered({wish("cell", 1), wish("normalization", 1)}));
  EXPECT_TRUE(coverage.is_covered({wish("cell", 3), wish("direction", 2)}));
  EXPECT_TRUE(coverage.is_covered({wish("checkpoints", 1), wish("truncates", 1)}));
}

TEST(GeneratorTest, GenerateCases_SameSeed_GivesTheSameCases) {
  EXPECT_EQ(generate_cases(5, 50), generate_cases(5, 50));
  EXPECT_NE(generate_cases(5, 50), generate_cases(6, 50));
}

}  // namespace
}  // namespace convlstm::test
