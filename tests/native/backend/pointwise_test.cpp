// The pointwise stages of every instruction set against the functions of the cells in double precision, and
// the formats in which their operands are stored.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "backend/cpu/instruction_set.h"
#include "cell/bfloat16.h"
#include "cell/conv_gru.h"
#include "cell/conv_lstm.h"
#include "cell/st_lstm.h"
#include "support/double_math.h"
#include "support/problem.h"

namespace convlstm::test {
namespace {

using cpu::Kernels;
using cpu::Pointwise;
using cpu::Stored;
using Numbers = std::vector<double>;

constexpr std::int64_t kVectors = 70, kLeft = 3;  // more than are summed at once; the last has kLeft pixels
constexpr float kPoison = 1e30f;

struct StageCase {
  PointwiseStage stage;
  std::size_t reads, gates, sums;  // the first `gates` reads are what a gate gave
  std::function<Numbers(const DoubleMath&, const Numbers&)> formula;
};

const std::vector<StageCase>& cases() {
  static const std::vector<StageCase> all{
      {kLstmForward, 8, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto s =
             conv_lstm::forward<DoubleMath, double>(math, {v[0], v[1], v[2], v[3]}, {v[5], v[6], v[7]}, v[4]);
         return Numbers{s.c, s.h, s.gates.i, s.gates.f, s.gates.g, s.gates.o};
       }},
      {kLstmBackward, 11, 4, 7,
       [](const DoubleMath& math, const Numbers& v) {
         const auto d = conv_lstm::backward<DoubleMath, double>(
             math, {v[0], v[1], v[2], v[3]}, {v[8], v[9], v[10]}, v[4], v[5], math.cell(v[5]), v[6], v[7]);
         return Numbers{d.pre.i,        d.pre.f,        d.pre.g,    d.pre.o, d.pre.i * v[4],
                        d.pre.f * v[4], d.pre.o * v[5], d.c_before, 0};
       }},
      {kGruOpenForward, 3, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto s = conv_gru::open(math, v[0], v[1], v[2]);
         return Numbers{s.z, s.reset_h, s.z, s.r};
       }},
      {kGruOpenBackward, 4, 1, 1,
       [](const DoubleMath& math, const Numbers& v) {
         const auto d = conv_gru::open_backward(math, v[0], v[1], v[2]);
         return Numbers{d.pre_r, d.h_before + v[3]};
       }},
      {kGruCloseForward, 3, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto s = conv_gru::close(math, v[0], v[1], v[2]);
         return Numbers{s.h, s.n};
       }},
      {kGruCloseBackward, 4, 2, 2,
       [](const DoubleMath& math, const Numbers& v) {
         const auto d = conv_gru::close_backward(math, v[0], v[1], v[2], v[3]);
         return Numbers{d.pre_z, d.pre_n, d.h_before};
       }},
      {kGruAfterForward, 5, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto s = conv_gru::forward(math, v[0], v[1], v[2], v[3], v[4]);
         return Numbers{s.h, s.z, s.r, s.n, v[3]};
       }},
      {kGruAfterBackward, 6, 3, 4,
       [](const DoubleMath& math, const Numbers& v) {
         const auto d = conv_gru::backward(math, v[0], v[1], v[2], v[3], v[4], v[5]);
         return Numbers{d.pre_z, d.pre_r, d.pre_n, d.hidden_n, d.h_before};
       }},
      {kStUpdateForward, 8, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto c = st_lstm::update<DoubleMath, double>(math, {v[0], v[1], v[2]}, v[6]);
         const auto m = st_lstm::update<DoubleMath, double>(math, {v[3], v[4], v[5]}, v[7]);
         return Numbers{c.after, m.after, c.gates.i, c.gates.f, c.gates.g, m.gates.i, m.gates.f, m.gates.g};
       }},
      {kStUpdateBackward, 10, 6, 6,
       [](const DoubleMath& math, const Numbers& v) {
         const auto c = st_lstm::update_backward<DoubleMath, double>(math, {v[0], v[1], v[2]}, v[6], v[8]);
         const auto m = st_lstm::update_backward<DoubleMath, double>(math, {v[3], v[4], v[5]}, v[7], v[9]);
         return Numbers{c.pre.i, c.pre.f, c.pre.g, m.pre.i, m.pre.f, m.pre.g, c.before, m.before};
       }},
      {kStOutputForward, 2, 0, 0,
       [](const DoubleMath& math, const Numbers& v) {
         const auto s = st_lstm::output(math, v[0], v[1]);
         return Numbers{s.h, s.o, s.mixed};
       }},
      {kStOutputBackward, 3, 2, 2, [](const DoubleMath& math, const Numbers& v) {
         const auto d = st_lstm::output_backward(math, v[0], v[1], v[2]);
         return Numbers{d.pre_o, d.pre_mixed, 0};
       }}};
  return all;
}

// Vectors that follow each other; the last is not full.
struct Places {
  explicit Places(int lanes) {
    masks.assign(at(2 * lanes), -1);
    for (int lane = kLeft; lane < lanes; ++lane) masks[at(lanes + lane)] = 0;
    for (std::int64_t v = 0; v < kVectors; ++v)
      all.push_back({v * lanes, v * lanes, masks.data() + (v + 1 == kVectors ? lanes : 0)});
  }
  std::vector<std::int32_t> masks;
  std::vector<cpu::VectorPlace> all;
};

void check(const Kernels& kernels, const StageCase& stage, const DoubleMath& math, Random& random) {
  const Places places(kernels.lanes);
  const std::int64_t pixels = (kVectors - 1) * kernels.lanes + kLeft, count = kVectors * kernels.lanes;
  std::vector<Floats> reads, writes(kMaxWrites, Floats(at(count), kPoison));
  Pointwise task{};
  for (std::size_t k = 0; k < stage.reads; ++k) {
    reads.push_back(k < stage.gates ? uniform(random, count, 0, 1) : uniform(random, count, -2, 2));
    task.reads[k].constant = k < stage.gates ? 0 : random.uniform(-0.5f, 0.5f);
  }
  if (stage.reads > 4) reads[4].clear();  // this operand is its number alone
  for (std::size_t k = 0; k < stage.reads; ++k)
    task.reads[k].data = reads[k].empty() ? nullptr : reads[k].data();
  for (std::size_t k = 0; k < writes.size(); ++k) task.writes[k].data = writes[k].data();
  task.places = places.all.data();
  task.count = kVectors;
  task.gate = math.gate_kind;
  task.cell = math.cell_kind;
  task.clip = static_cast<float>(math.limit);
  kernels.pointwise[stage.stage](task);

  Numbers sums(kMaxWrites), sizes(kMaxWrites);
  for (std::int64_t pixel = 0; pixel < count; ++pixel) {
    Numbers in;
    for (std::size_t k = 0; k < stage.reads; ++k)
      in.push_back(
          static_cast<double>((reads[k].empty() ? 0 : reads[k][at(pixel)]) + task.reads[k].constant));
    const Numbers expected = stage.formula(math, in);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const double value = pixel < pixels ? expected[k] : 0;
      ASSERT_NEAR(static_cast<double>(writes[k][at(pixel)]), value, 2e-6 * (1 + std::fabs(value)))
          << k << ' ' << pixel;
      sums[k] += value;
      sizes[k] += std::fabs(value);
    }
  }
  for (std::size_t k = 0; k < stage.sums; ++k) EXPECT_NEAR(task.sums[k], sums[k], 2e-6 * sizes[k]) << k;
}

TEST(Pointwise, EveryStage_MatchesTheCellsInDoubles) {
  Random random(11);
  for (const Kernels* kernels : cpu::available_kernels())
    for (const StageCase& stage : cases())
      for (int gate = 0; gate < cpu::kGateActivations; ++gate)
        for (int cell = 0; cell < cpu::kCellActivations; ++cell) {
          SCOPED_TRACE(kernels->name + std::string(" stage ") + std::to_string(stage.stage) + " gate " +
                       std::to_string(gate) + " cell " + std::to_string(cell));
          const double limit = random.below(2) ? 0 : 0.75;
          check(*kernels, stage,
                {static_cast<cln_gate_activation>(gate), static_cast<cln_cell_activation>(cell), limit},
                random);
          if (HasFailure()) return;
        }
}

// h = z . h + (1 - z) . n, written to what a format can hold.
TEST(Pointwise, SixteenBitFormats_RoundAsTheyShould) {
  for (const Kernels* kernels : cpu::available_kernels()) {
    const Places places(kernels->lanes);
    const std::int64_t count = kVectors * kernels->lanes;
    Random random(12);
    Floats n = uniform(random, count, -3, 3);
    n[0] = 0.0f, n[1] = 1.0f, n[2] = std::nextafter(1.0f, 0.0f), n[3] = 1e-9f;
    for (const Stored stored : {Stored::kBfloat16, Stored::kUnit16}) {
      std::vector<std::uint16_t> halves(at(count));
      if (stored == Stored::kUnit16)
        for (std::int64_t k = 4; k < count; ++k) n[at(k)] = std::fabs(n[at(k)]) / 3;
      Pointwise task{};  // n h' = n where z is 0 and the function is linear
      task.reads[0].data = n.data();
      task.writes[1] = {halves.data(), stored};
      task.places = places.all.data();
      task.count = kVectors;
      task.cell = CLN_CELL_ACTIVATION_LINEAR;
      kernels->pointwise[kGruCloseForward](task);
      Floats back(at(count));
      task = {};
      task.reads[0] = {halves.data(), 0, stored};
      task.writes[1].data = back.data();
      task.places = places.all.data();
      task.count = kVectors;
      task.cell = CLN_CELL_ACTIVATION_LINEAR;
      kernels->pointwise[kGruCloseForward](task);
      for (std::int64_t k = 0; k < count - kernels->lanes; ++k) {
        if (stored == Stored::kBfloat16) {
          EXPECT_EQ(back[at(k)], bfloat16::round(n[at(k)])) << kernels->name << ' ' << k;
        } else {
          EXPECT_NEAR(back[at(k)], n[at(k)], 1.01f / 65535) << kernels->name << ' ' << k;
          EXPECT_EQ(back[at(k)] == 0.0f, n[at(k)] == 0.0f);
          EXPECT_EQ(back[at(k)] == 1.0f, n[at(k)] == 1.0f);
        }
      }
    }
  }
}

TEST(Pairs, JoinedAndSplit_AreBfloat16) {
  Floats even, odd;
  for (int k = 0; k < 37; ++k) {
    even.push_back(std::ldexp(1.0f + static_cast<float>(k) / 512.0f, k - 18));  // half way between two, too
    odd.push_back(-static_cast<float>(k) / 3.0f);
  }
  even[5] = INFINITY;
  odd[6] = NAN;
  for (const cpu::Kernels* kernels : cpu::available_kernels())
    for (const std::int64_t count : {1, 3, 4, 16, 37}) {
      Floats pairs(at(count) + 1, 7.0f);
      std::vector<std::uint16_t> low(at(count) + 1, 7), high = low;
      kernels->join_pairs(even.data(), odd.data(), count, pairs.data());
      kernels->split_pairs(pairs.data(), count, low.data(), high.data());
      for (std::size_t k = 0; k < at(count); ++k) {
        EXPECT_EQ(low[k], bfloat16::from_float(even[k])) << kernels->name << ' ' << k;
        EXPECT_EQ(high[k], bfloat16::from_float(odd[k])) << kernels->name << ' ' << k;
      }
      EXPECT_TRUE(pairs.back() == 7.0f && low.back() == 7 && high.back() == 7) << "wrote too much";
      kernels->join_pairs(even.data(), nullptr, count, pairs.data());
      for (std::size_t k = 0; k < at(count); ++k) EXPECT_EQ(bfloat16::odd_of(pairs[k]), 0.0f);
    }
}

}  // namespace
}  // namespace convlstm::test
