#include "support/agreement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "backend/cpu/instruction_set.h"

namespace convlstm::test {
namespace {

void expect_near(const Outcome& actual, const Outcome& expected, const Bounds& bounds) {
  const double bound = bounds.output, gradient_bound = bounds.gradient;
  EXPECT_LT(relative_error(actual.y, expected.y), bound) << "y";
  EXPECT_LT(relative_error(actual.dx, expected.dx), gradient_bound) << "dx";
  for (std::size_t part = 0; part < kMaxStateParts; ++part) {
    EXPECT_LT(relative_error(actual.final[part], expected.final[part]), bound) << "state " << part;
    EXPECT_LT(relative_error(actual.dinitial[part], expected.dinitial[part]), gradient_bound)
        << "gradient of state " << part;
  }
  for (std::size_t k = 0; k < kMaxParameters; ++k)
    EXPECT_LT(relative_error(actual.gradients[k], expected.gradients[k]), gradient_bound)
        << "parameter " << k;
}

}  // namespace

Devices::Devices() {
  for (const cpu::Kernels* kernels : cpu::available_kernels())
    for (int threads = 1; threads <= kThreadCounts; ++threads)
      all.emplace_back(new cpu::CpuDevice{ThreadPool(threads), *kernels});
}

bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

bool same_bits(const StateArrays& a, const StateArrays& b) {
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](const Floats& left, const Floats& right) { return same_bits(left, right); });
}

bool same_bits(const Outcome& a, const Outcome& b) {
  bool same = same_bits(a.y, b.y) && same_bits(a.dx, b.dx) && same_bits(a.final, b.final) &&
              same_bits(a.dinitial, b.dinitial);
  for (std::size_t k = 0; k < kMaxParameters; ++k) same = same && same_bits(a.gradients[k], b.gradients[k]);
  return same;
}

void check(const Devices& devices, const std::string& executor, const Problem& problem,
           const Bounds& bounds) {
  SCOPED_TRACE(describe(problem));
  const Outcome expected = train(*devices.all.front(), "reference", problem, 0.5f);
  for (std::size_t d = 0; d < devices.all.size(); d += Devices::kThreadCounts) {
    SCOPED_TRACE(devices.all[d]->kernels.name);
    const Outcome one_thread = train(*devices.all[d], executor, problem, 0.5f);
    expect_near(one_thread, expected, bounds);
    for (std::size_t more = 0; more < Devices::kThreadCounts; ++more) {
      cpu::CpuDevice& device = *devices.all[d + more];
      SCOPED_TRACE(device.pool.size());
      if (more > 0) {
        EXPECT_TRUE(same_bits(train(device, executor, problem, 0.5f), one_thread));
      }
      const Outcome inferred = infer(device, executor, problem);
      EXPECT_TRUE(same_bits(inferred.y, one_thread.y) && same_bits(inferred.final, one_thread.final));
    }
    if (testing::Test::HasFailure()) return;
  }
}

std::int64_t pick(Random& random, std::initializer_list<std::int64_t> values) {
  return values.begin()[random.below(values.size())];
}

}  // namespace convlstm::test
