// The kernels of the forward gates of every instruction set against the cell in double precision: the
// accurate ones, and those for bfloat16 storage.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "backend/cpu/instruction_set.h"
#include "cell/bfloat16.h"
#include "cell/conv_lstm.h"
#include "support/double_math.h"
#include "support/problem.h"

namespace convlstm::test {
namespace {

using cpu::Kernels;

constexpr float kPoison = 1e30f;
constexpr std::int64_t kGap = 5;  // between channels, of whatever is stored

// One block of the most channels and vectors that a kernel takes. The last vector has one pixel.
struct Block {
  const Kernels& kernels;
  int lanes, channels, vectors;
  std::int64_t row, stride;
  std::vector<std::int32_t> masks;
  std::vector<cpu::VectorPlace> places;
  Floats sums, bias, peephole, c_before, c, h, dense_c, dense_h, dense_y;

  Block(const Kernels& the_kernels, Random& random, float strength)
      : kernels(the_kernels),
        lanes(kernels.lanes),
        channels(kernels.block_channels),
        vectors(kernels.max_vectors),
        row(kernels.max_vectors * lanes),
        stride(row + kGap),
        masks(at(2 * lanes), -1) {
    std::fill(masks.begin() + lanes + 1, masks.end(), 0);
    for (int v = 0; v < vectors; ++v)
      places.push_back({v * lanes, v * lanes, masks.data() + (v + 1 == vectors ? lanes : 0)});
    const auto numbers = [&](std::int64_t count, float most) {
      Floats values(at(count));
      for (float& value : values) value = random.uniform(-most, most);
      return values;
    };
    sums = numbers(kernels.rows * row, strength);
    bias = numbers(4 * channels, strength);
    peephole = numbers(3 * channels, strength);
    c_before = numbers(channels * stride, std::max(strength, 1.0f));
    for (Floats* array : {&c, &h, &dense_c, &dense_h, &dense_y})
      array->assign(at(channels * stride), kPoison);
  }

  cpu::ForwardGates arguments() {
    cpu::ForwardGates gates{};
    gates.sums = sums.data();
    gates.places = places.data();
    gates.vectors = vectors;
    gates.channels = channels;
    gates.bias = bias.data();
    gates.peephole = peephole.data();
    gates.c_before = c_before.data();
    gates.c = c.data();
    gates.h = h.data();
    gates.body_stride = gates.plane_stride = gates.dense.stride = stride;
    return gates;
  }

  bool is_pixel(std::int64_t k) const { return k % stride <= row - lanes; }

  // What channel and pixel `k` should become.
  conv_lstm::Step<double> expected(const DoubleMath& math, const Floats& before, std::int64_t k) const {
    const std::int64_t channel = k / stride, pixel = k % stride;
    const auto pre = [&](int gate) {
      const std::int64_t at_row = gate * channels + channel;
      return static_cast<double>(before[at(at_row * row + pixel)]) + static_cast<double>(bias[at(at_row)]);
    };
    const auto weight = [&](int part) {
      return static_cast<double>(peephole[at(part * channels + channel)]);
    };
    return conv_lstm::forward<DoubleMath, double>(math, {pre(0), pre(1), pre(2), pre(3)},
                                                  {weight(0), weight(1), weight(2)},
                                                  static_cast<double>(c_before[at(k)]));
  }
};

void expect_close(const Block& block, const Floats& before, double bound) {
  const DoubleMath math{CLN_GATE_ACTIVATION_SIGMOID, CLN_CELL_ACTIVATION_TANH, 0};
  double largest_c = 0, largest_h = 0, error_c = 0, error_h = 0;
  for (std::int64_t k = 0; k < block.channels * block.stride; ++k) {
    if (k % block.stride >= block.row) {  // the gap
      EXPECT_EQ(block.h[at(k)], kPoison);
      continue;
    }
    if (!block.is_pixel(k)) {
      EXPECT_EQ(block.h[at(k)], 0.0f);
      EXPECT_EQ(block.c[at(k)], 0.0f);
      continue;
    }
    const conv_lstm::Step<double> s = block.expected(math, before, k);
    largest_c = std::max(largest_c, std::fabs(s.c));
    largest_h = std::max(largest_h, std::fabs(s.h));
    error_c = std::max(error_c, std::fabs(static_cast<double>(block.c[at(k)]) - s.c));
    error_h = std::max(error_h, std::fabs(static_cast<double>(block.h[at(k)]) - s.h));
  }
  EXPECT_LE(error_c, bound * largest_c) << block.kernels.name;
  EXPECT_LE(error_h, bound * largest_h) << block.kernels.name;
}

// Weak sums too: an error that is small beside 1 only would drown them.
TEST(ForwardGates, EveryInstructionSet_GivesTheCellInDoubles) {
  Random random(41);
  for (const Kernels* kernels : cpu::available_kernels())
    for (const float strength : {0.001f, 0.3f, 3.0f, 30.0f}) {
      Block accurate(*kernels, random, strength), approximate = accurate;
      const Floats before = accurate.sums;
      kernels->forward_gates[CLN_GATE_ACTIVATION_SIGMOID][CLN_CELL_ACTIVATION_TANH][0](accurate.arguments());
      expect_close(accurate, before, 2e-6);
      kernels->half_forward_gates[CLN_GATE_ACTIVATION_SIGMOID][CLN_CELL_ACTIVATION_TANH][0](
          approximate.arguments());
      expect_close(approximate, before, 5e-4);
      for (const float h : approximate.h) EXPECT_TRUE(std::fabs(h) <= 1.0f || h == kPoison);
    }
}

// Of bfloat16 storage: pairs of channels, and gates in 16 bits, where one beyond 1 would become small.
TEST(ForwardGates, ExtremeSums_SaturateAndNaNStays) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Random random(42);
  for (const Kernels* kernels : cpu::available_kernels())
    for (const float extreme : {90.0f, 1e4f, 1e30f, 3e38f, kInfinity}) {
      Block block(*kernels, random, 0.1f);
      const float values[] = {extreme, -extreme, 20.0f, -20.0f, NAN};
      for (std::size_t k = 0; k < block.sums.size(); ++k) block.sums[k] = values[k % at(block.row) % 5];
      std::fill(block.peephole.begin(), block.peephole.end(), 0.0f);
      std::vector<std::uint16_t> gates(at(4 * block.channels * block.stride), 1);
      cpu::ForwardGates arguments = block.arguments();
      arguments.half_gates = gates.data();
      arguments.gate_stride = block.channels * block.stride;
      kernels->half_forward_gates[CLN_GATE_ACTIVATION_SIGMOID][CLN_CELL_ACTIVATION_TANH][0](arguments);
      for (std::int64_t k = 0; k < block.channels * block.stride; ++k) {
        if (k % block.stride >= block.row - block.lanes) continue;
        const std::int64_t which = k % block.stride % 5;
        const float c = block.c[at(k)];
        if (which == 4) {
          EXPECT_TRUE(std::isnan(c)) << kernels->name;
          continue;
        }
        const bool is_open = which % 2 == 0;
        EXPECT_NEAR(c, is_open ? block.c_before[at(k)] + 1.0f : 0.0f, 1e-3f) << kernels->name;
        EXPECT_NEAR(gates[at(k)], is_open ? 65535 : 0, 10) << kernels->name;
      }
    }
}

TEST(ForwardGates, DenseVectors_TakeThePlaceOfBodies) {
  Random random(43);
  for (const Kernels* kernels : cpu::available_kernels()) {
    Block plain(*kernels, random, 1.0f), dense = plain;
    cpu::ForwardGates arguments = dense.arguments();
    const std::int64_t place = arguments.places[0].body;
    arguments.dense.c_before[0] = plain.c_before.data() + place;
    std::fill_n(dense.c_before.begin(), dense.lanes, NAN);  // not read
    arguments.dense.c[0] = dense.dense_c.data() + place;
    arguments.dense.h[0] = dense.dense_h.data() + place;
    arguments.dense.y[0] = dense.dense_y.data() + place;
    kernels->forward_gates[0][0][0](plain.arguments());
    kernels->forward_gates[0][0][0](arguments);
    EXPECT_TRUE(std::equal(plain.h.begin(), plain.h.end(), dense.h.begin()));
    for (std::int64_t k = 0; k < dense.channels * dense.stride; ++k) {
      const bool is_there = k % dense.stride < dense.lanes;
      EXPECT_EQ(dense.dense_h[at(k)], is_there ? plain.h[at(k)] : kPoison);
      EXPECT_EQ(dense.dense_y[at(k)], is_there ? plain.h[at(k)] : kPoison);
      EXPECT_EQ(dense.dense_c[at(k)], is_there ? plain.c[at(k)] : kPoison);
      EXPECT_EQ(dense.c[at(k)], is_there ? kPoison : plain.c[at(k)]);
    }
  }
}

TEST(ForwardGates, Pairs_AreTheRoundedChannels) {
  Random random(44);
  for (const Kernels* kernels : cpu::available_kernels()) {
    if (kernels->block_channels % 2 != 0) continue;
    for (const int channels : {1, kernels->block_channels}) {
      Block block(*kernels, random, 1.0f);
      cpu::ForwardGates arguments = block.arguments();
      Floats pairs(block.h.size(), kPoison);
      arguments.channels = channels;
      arguments.h_pairs = pairs.data();
      kernels->half_forward_gates[0][0][0](arguments);
      for (std::int64_t k = 0; k < block.row; ++k) {
        std::uint16_t halves[2];
        std::memcpy(halves, &pairs[at(k)], sizeof halves);
        EXPECT_EQ(halves[0], bfloat16::from_float(block.h[at(k)]));
        EXPECT_EQ(halves[1], channels > 1 ? bfloat16::from_float(block.h[at(k + block.stride)]) : 0);
      }
      EXPECT_EQ(pairs[at(block.row)], kPoison);
    }
  }
}

}  // namespace
}  // namespace convlstm::test
