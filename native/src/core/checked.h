// Arithmetic on sizes that come from outside: a product that does not fit is an error, never a small number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/error.h"

namespace convlstm {

// The product of non-negative factors. It stays below 2^62 / sizeof(float) so that byte counts fit as well.
inline std::int64_t checked_product(const char* what, std::initializer_list<std::int64_t> factors) {
  constexpr std::int64_t limit = (std::int64_t{1} << 62) / static_cast<std::int64_t>(sizeof(float));
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product) || product > limit)
      fail(CLN_SIZE_OVERFLOW, what, ": the product of the sizes does not fit the address space");
  }
  return product;
}

}  // namespace convlstm
