// Division by a number that is known before a kernel starts: a multiplication and a shift, where a GPU has no
// instruction for division.
#pragma once

#include <cstdint>

#include "cell/host_device.h"

namespace convlstm::cuda {

// By 1 to 2^31 - 1. With 2^(s - 1) < d <= 2^s and m = 2^(31 + s) / d rounded up, m is below 2^32 and n m /
// 2^(31
// + s) is less than 1 / d above n / d for every n below 2^31: rounded down, it is the quotient.
class Divisor {
 public:
  Divisor() : Divisor(1) {}
  explicit Divisor(std::int32_t value) : value_(value) {
    int bits = 0;
    while ((std::int64_t{1} << bits) < value) ++bits;
    shift_ = 31 + bits;
    const auto divisor = static_cast<std::uint64_t>(value);
    multiplier_ = static_cast<std::uint32_t>(((std::uint64_t{1} << shift_) + divisor - 1) / divisor);
  }

  CLN_HOST_DEVICE std::int32_t value() const { return value_; }
  // Of a number that is not negative.
  CLN_HOST_DEVICE std::int32_t quotient(std::int32_t number) const {
    return static_cast<std::int32_t>(static_cast<std::uint64_t>(number) * multiplier_ >> shift_);
  }

 private:
  std::int32_t value_;
  int shift_;
  std::uint32_t multiplier_;
};

struct Position {
  std::int32_t d, h, w;
};

// Where number `pixel` of dense images is.
struct PixelPlace {
  std::int32_t image;  // -1: past the last
  Position at;
};

struct PixelSplit {
  Divisor area, height, width;

  PixelSplit() = default;
  explicit PixelSplit(const Position& size) : area(size.d * size.h * size.w), height(size.h), width(size.w) {}

  // The number of its image, and what is left.
  CLN_HOST_DEVICE std::int32_t image(std::int32_t pixel, std::int32_t& in_image) const {
    const std::int32_t n = area.quotient(pixel);
    in_image = pixel - n * area.value();
    return n;
  }
  CLN_HOST_DEVICE PixelPlace place(std::int32_t pixel) const {
    std::int32_t p = 0;
    const std::int32_t n = image(pixel, p), line = width.quotient(p), depth = height.quotient(line);
    return {n, {depth, line - depth * height.value(), p - line * width.value()}};
  }
};

}  // namespace convlstm::cuda
