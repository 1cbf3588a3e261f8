// Layers for the tests of the fused executor on the emulated device.
#pragma once

#include <memory>
#include <optional>

#include "backend/cuda/fused.h"
#include "support/on_device.h"
#include "support/random_layers.h"

namespace convlstm::test {

using cuda::Element;
using cuda::FusedCut;
using cuda::FusedTile;
using cuda::Precision;

// Of some the depth is shared, by more blocks than there may be stages.
inline constexpr FusedCut kCuts[] = {{FusedTile::k128By128, 1}, {FusedTile::k64By64, 1},
                                     {FusedTile::k64By32, 1},   {FusedTile::k128By128, 2},
                                     {FusedTile::k64By64, 5},   {FusedTile::k64By32, 3}};

inline std::shared_ptr<cuda::Device> make_device(const Precision& precision, bool is_exact = false) {
  return std::make_shared<cuda::Device>(0, precision, is_exact, nullptr);
}

inline OnDevice make_fused(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                           std::optional<cuda::FusedForm> form = {}, const cuda::StepwiseLimits& limits = {}) {
  return {device,
          std::make_unique<cuda::Fused>(device, std::get<RecurrentDesc>(problem.desc), problem.shape, form,
                                        limits),
          problem.desc, problem.shape};
}

// Every knob that the executor has.
inline Problem random_lstm(Random& random, cln_storage storage) {
  Problem problem = random_problem(random, CLN_CELL_CONV_LSTM, storage);
  auto& desc = std::get<RecurrentDesc>(problem.desc);
  while (desc.normalization != CLN_NORMALIZATION_NONE) {
    problem = random_problem(random, CLN_CELL_CONV_LSTM, storage);
    desc = std::get<RecurrentDesc>(problem.desc);
  }
  problem.dropout.is_active = false;
  return problem;
}

inline RecurrentDesc layer_of(std::int64_t inputs, std::int64_t hidden) {
  RecurrentDesc desc;
  desc.input_channels = inputs;
  desc.hidden_channels = hidden;
  desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  desc.mask = CLN_MASK_ZERO;
  return desc;
}

}  // namespace convlstm::test
