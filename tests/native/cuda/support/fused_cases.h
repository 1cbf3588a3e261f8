// Layers for the tests of the fused executor on the emulated device, and what each of its forms must do.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "backend/cpu/instruction_set.h"
#include "backend/cuda/fused.h"
#include "support/on_device.h"
#include "support/outcomes.h"
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
                           std::optional<cuda::FusedForm> form = {},
                           const cuda::StepwiseLimits& limits = {}) {
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

// A layer of either storage; 16 bits only where products are rounded too, and layers then have no kinks.
inline Problem random_lstm_for(Random& random, const Precision& precision) {
  const bool is_rounded = precision.element != Element::kFloat32 || precision.allows_tf32;
  Problem problem = random_lstm(random, is_rounded ? CLN_STORAGE_BFLOAT16 : CLN_STORAGE_FLOAT32);
  if (random.below(3) != 0) std::get<RecurrentDesc>(problem.desc).storage = CLN_STORAGE_FLOAT32;
  return problem;
}

class FusedForms : public testing::Test {
 protected:
  cpu::CpuDevice cpu_{ThreadPool(1), *cpu::available_kernels().front()};

  // Inference and training as the reference has them, the same bits in both and when made again. Gives
  // inference.
  Outcome check_form(const std::shared_ptr<cuda::Device>& device, const Problem& problem,
                     std::optional<cuda::FusedForm> form) {
    SCOPED_TRACE(describe(problem));
    OnDevice executor = make_fused(device, problem, form), other = make_fused(device, problem, form);
    const Bounds bounds = bounds_of(problem, device->precision);
    Outcome actual = infer(executor, problem);
    expect_near(actual, infer(cpu_, "reference", problem), bounds);
    EXPECT_TRUE(same_bits(infer(other, problem), actual)) << "again";
    const Outcome trained = train(executor, problem, 0.5f);
    EXPECT_TRUE(same_bits(trained.y, actual.y) && same_bits(trained.final, actual.final)) << "training";
    EXPECT_TRUE(same_bits(train(other, problem, 0.5f), trained)) << "training again";
    expect_near(trained, train(cpu_, "reference", problem, 0.5f), bounds);
    return actual;
  }
};

}  // namespace convlstm::test
