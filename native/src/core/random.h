// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood 2014).
#pragma once

#include <cstdint>

namespace convlstm {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Uniform in [low, high), in steps of 2^-24 of the range.
  float uniform(float low, float high) {
    const float unit = static_cast<float>(next() >> 40) * 0x1p-24f;
    const float value = low + (high - low) * unit;
    return value < high ? value : low;  // the sum may round up to `high`
  }

  // Uniform integer in [0, bound), bound at least 1; the bias is below 2^-32 for bounds below 2^32.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace convlstm
