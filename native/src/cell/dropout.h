// Dropout with one mask a gate, constant over time (Gal and Ghahramani 2016, as in Keras). A number decides
// over every element; it depends on nothing but the seed and the element's place, so that every backend drops
// the same.
#pragma once

#include <cstdint>

#include "cell/host_device.h"

namespace convlstm::dropout {

enum Kind : std::uint64_t { kInput = 1, kRecurrent = 2 };

// The last steps of SplitMix64 (Steele, Lea and Flood 2014).
CLN_HOST_DEVICE inline std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// The seed of layer `index` of a stack, counted through both directions; of the first it is the seed itself.
CLN_HOST_DEVICE inline std::uint64_t seed_of(std::uint64_t seed, std::uint64_t index) {
  return index == 0 ? seed : mix(seed + index * 0x9e3779b97f4a7c15u);
}

// What an element is multiplied with: 1 / (1 - rate) where it is kept, 0 where it is dropped. `gate` counts
// the gates of the kernel that reads the element, `element` is its place in the dense array (N, channels, D,
// H, W).
CLN_HOST_DEVICE inline float factor(std::uint64_t seed, Kind kind, std::uint64_t gate, std::uint64_t element,
                                    float rate) {
  const std::uint64_t stream = mix(seed + (2 * gate + kind) * 0xd1b54a32d192ed03u);
  const std::uint64_t bits = mix(stream + (element + 1) * 0x9e3779b97f4a7c15u);
  const float unit = static_cast<float>(bits >> 40) * 0x1p-24f;  // [0, 1)
  return unit < rate ? 0.0f : 1.0f / (1.0f - rate);
}

}  // namespace convlstm::dropout
