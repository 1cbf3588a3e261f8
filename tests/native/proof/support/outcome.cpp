#include "support/outcome.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

namespace convlstm::test {
namespace {

float largest(const Floats& values) {
  float out = 0;
  for (const float value : values) out = std::max(out, std::abs(value));
  return out;
}

float largest_gradient(const Outcome& outcome) {
  float out = 0;
  for (const NamedArray& array : outcome)
    if (array.is_gradient()) out = std::max(out, largest(array.values));
  return out;
}

std::string difference(const NamedArray& expected, const NamedArray& actual, std::size_t at, float scale) {
  std::ostringstream out;
  out << expected.name << "[" << at << " of " << expected.values.size() << "]: expected "
      << expected.values[at] << ", got " << actual.values[at] << ", off by "
      << std::abs(expected.values[at] - actual.values[at]) / scale << " of the largest value " << scale;
  return out.str();
}

std::optional<std::string> compare_array(const NamedArray& expected, const NamedArray& actual,
                                         float tolerance, float floor, const NamedArray* slack) {
  const float scale = std::max({largest(expected.values), floor, 1e-20f});
  std::optional<std::size_t> worst;
  float worst_error = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    float error = std::abs(expected.values[i] - actual.values[i]);
    if (slack != nullptr) error -= slack->values[i];
    // NaN must not pass.
    if (!(error <= tolerance * scale) && (!worst || !(error <= worst_error))) {
      worst = i;
      worst_error = error;
    }
  }
  return worst ? std::optional(difference(expected, actual, *worst, scale)) : std::nullopt;
}

std::optional<std::string> compare_shape(const Outcome& expected, const Outcome& actual) {
  if (expected.size() != actual.size()) return "another number of arrays";
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (expected[i].name != actual[i].name || expected[i].values.size() != actual[i].values.size())
      return "another array: " + expected[i].name + " and " + actual[i].name;
  return std::nullopt;
}

bool same_bits(const Floats& a, const Floats& b) {
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

std::optional<std::string> compare(const Outcome& expected, const Outcome& actual, const Bound& bound,
                                   const Outcome* slack) {
  if (const auto problem = compare_shape(expected, actual)) return problem;
  const float gradients = bound.gradient_floor * largest_gradient(expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float floor = expected[i].is_gradient() ? gradients : bound.floor;
    const NamedArray* const array_slack = slack == nullptr ? nullptr : &(*slack)[i];
    if (const auto problem = compare_array(expected[i], actual[i], bound.tolerance, floor, array_slack))
      return problem;
  }
  return std::nullopt;
}

std::optional<std::string> compare_bits(const Outcome& expected, const Outcome& actual, const Bound& bound) {
  if (const auto problem = compare_shape(expected, actual)) return problem;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].kind == NamedArray::Kind::kParameterGradient) continue;
    const Floats &a = expected[i].values, &b = actual[i].values;
    if (same_bits(a, b)) continue;
    std::size_t at = 0;
    while (std::memcmp(&a[at], &b[at], sizeof(float)) == 0) ++at;
    return "not the same bits: " + difference(expected[i], actual[i], at, std::max(largest(a), 1e-20f));
  }
  return compare(expected, actual, bound);
}

void widen(Outcome& spread, const Outcome& expected, const Outcome& other) {
  for (std::size_t i = 0; i < spread.size(); ++i) {
    float most = 0;
    for (std::size_t at = 0; at < spread[i].values.size(); ++at)
      most = std::max(most, std::abs(expected[i].values[at] - other[i].values[at]));
    for (float& value : spread[i].values) value = std::max(value, most);
  }
}

}  // namespace convlstm::test
