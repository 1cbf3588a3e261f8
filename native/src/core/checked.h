// Checks of numbers that come from outside. A message names the argument, what was expected and what came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/error.h"

namespace convlstm {

// The product of non-negative factors. It stays below 2^62 / sizeof(float) so that byte counts fit as well:
// a product that does not fit is an error, never a small number.
inline std::int64_t checked_product(const char* what, std::initializer_list<std::int64_t> factors) {
  constexpr std::int64_t limit = (std::int64_t{1} << 62) / static_cast<std::int64_t>(sizeof(float));
  for (const std::int64_t factor : factors)
    if (factor == 0) return 0;
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product) || product > limit)
      fail(CLN_SIZE_OVERFLOW, what, ": the product of the sizes does not fit the address space");
  }
  return product;
}

inline void check_range(const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high)
    fail(CLN_INVALID_ARGUMENT, name, ": expected ", low, " to ", high, ", got ", value);
}

inline void check_at_least(const char* name, std::int64_t value, std::int64_t low) {
  if (value < low) fail(CLN_INVALID_ARGUMENT, name, ": expected at least ", low, ", got ", value);
}

// An enumeration of this library counts from 0 to `last`.
template <typename Enum>
Enum check_enum(const char* name, std::int32_t value, Enum last, const char* type) {
  if (value < 0 || value > static_cast<std::int32_t>(last))
    fail(CLN_INVALID_ARGUMENT, name, ": expected a value of ", type, ", 0 to ",
         static_cast<std::int32_t>(last), ", got ", value);
  return static_cast<Enum>(value);
}

// Element counts that must agree; `formula` says where the expected one comes from.
inline void check_count(const char* name, std::int64_t expected, std::int64_t actual, const char* formula) {
  if (expected != actual)
    fail(CLN_SHAPE_MISMATCH, name, ": expected ", expected, " elements (", formula, "), got ", actual);
}

}  // namespace convlstm
