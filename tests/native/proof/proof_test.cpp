// 2,000 random cases, and more where they are asked for:
//   CLN_PROOF_DEVICE=cuda  the executors of CUDA device 0
//   CLN_PROOF_CASES  how many   CLN_PROOF_SEED  others   CLN_PROOF_CASE  one alone, as a failure prints it
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>

#include "support/coverage.h"
#include "support/proof.h"
#include "support/shrink.h"

namespace convlstm::test {
namespace {

constexpr int kParts = 8;  // so that they can run beside each other
constexpr int kMostFailures = 3;

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? fallback : std::stoull(text);
}

// What a developer needs of a failure: the smallest case that still fails, and why it does.
std::string report(const Case& failing) {
  const Case small = shrink(failing, [](const Case& smaller) { return prove(smaller).failure.has_value(); });
  return "parse_case(\"" + to_text(small) + "\"): " + prove(small).failure.value_or("passes alone") +
         "\n  found as: " + to_text(failing);
}

class ProofTest : public testing::TestWithParam<int> {};

TEST_P(ProofTest, RandomCases_EveryExecutor_EqualsReference) {
  if (std::getenv("CLN_PROOF_CASE") != nullptr) GTEST_SKIP() << "CLN_PROOF_CASE is set";
  const auto cases = generate_cases(number_from("CLN_PROOF_SEED", 1), number_from("CLN_PROOF_CASES", 2000));
  std::map<std::string, int> executors;
  int run = 0, with_slack = 0, failures = 0;
  for (std::size_t i = static_cast<std::size_t>(GetParam()); i < cases.size() && failures < kMostFailures;
       i += kParts) {
    const Verdict verdict = prove(cases[i]);
    ++run;
    with_slack += verdict.needed_slack;
    for (const std::string& executor : verdict.executors) ++executors[executor];
    if (!verdict.failure) continue;
    ++failures;
    ADD_FAILURE() << report(cases[i]);
  }
  std::cout << run << " cases, " << with_slack << " judged by how far the reference itself moves";
  for (const auto& [executor, count] : executors) std::cout << "; " << count << " on " << executor;
  std::cout << std::endl;
  // A GPU rounds more to bfloat16 than the reference does: proof.cpp.
  EXPECT_LE(with_slack, is_on_cuda() ? std::max(run / 20, 3) : std::max(run / 50, 1));
  if (run < 100) return;
  for (const std::string executor : executors_to_prove()) {
    if (executor == "reference") continue;
    EXPECT_GT(executors[executor], 0) << executor;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, ProofTest, testing::Range(0, kParts));

TEST(ProofOfOneCase, CaseOfTheEnvironment_EveryExecutor_EqualsReference) {
  const char* const text = std::getenv("CLN_PROOF_CASE");
  const Verdict verdict = prove(parse_case(text != nullptr ? text : "steps=3 size=3,4,2"));
  EXPECT_FALSE(verdict.failure.has_value()) << *verdict.failure;
}

}  // namespace
}  // namespace convlstm::test
