// The executor around the oracle: layouts, directions, what is not wanted, and the reserve.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/cpu/executors.h"
#include "backend/cpu/instruction_set.h"
#include "cell/cells.h"
#include "support/problem.h"
#include "support/reference_case.h"

namespace convlstm::test {
namespace {

cpu::CpuDevice& device() {
  static cpu::CpuDevice one{ThreadPool(1), *cpu::available_kernels().front()};
  return one;
}

// A layer with everything that concerns the executor: a grid of its own, a mask, dropout, steps without
// input.
Problem full_problem(cln_cell cell, cln_output output = CLN_OUTPUT_SEQUENCE) {
  RecurrentDesc desc;
  desc.cell = cell;
  desc.output = output;
  desc.normalization = CLN_NORMALIZATION_LAYER;
  if (cell == CLN_CELL_CONV_LSTM) desc.peephole = CLN_PEEPHOLE_PER_PIXEL;
  desc.bias = CLN_BIAS_TWO;
  desc.mask = CLN_MASK_REPEAT;
  desc.input_dropout = desc.recurrent_dropout = 0.3f;
  desc.input_channels = 2;
  desc.hidden_channels = 3;
  desc.input.kernel = {2, 3, 2};
  desc.input.stride = {2, 1, 1};
  desc.recurrent_kernel = {3, 2, 1};
  Random random(21);
  Problem p = make_problem(random, desc, {2, {4, 3, 2}}, 4, true, CLN_LAYOUT_TNCHW);
  p.dropout = {true, 77};
  add_mask(p, random);
  limit_input(p, {1, 3});
  return p;
}

Floats narrowed(const Doubles& from) {
  Floats result;
  for (const double v : from) result.push_back(static_cast<float>(v));
  return result;
}
Doubles widened(const Floats& from) {
  return {from.begin(), from.end()};
}
template <typename Arrays>
Doubles state_of(const Arrays& parts) {
  Doubles state;
  for (const Floats& part : parts) state.insert(state.end(), part.begin(), part.end());
  return state;
}

class ReferenceExecutor : public testing::TestWithParam<cln_cell> {};

TEST_P(ReferenceExecutor, GivesTheRoundedNumbersOfTheMaths) {
  for (const cln_output output : {CLN_OUTPUT_SEQUENCE, CLN_OUTPUT_LAST}) {
    const Problem p = full_problem(GetParam(), output);
    Case c = make_case(1, std::get<RecurrentDesc>(p.desc), p.shape, p.steps);
    c.sequence.x = widened(p.x);
    c.sequence.input = p.input;
    c.sequence.dropout = p.dropout;
    for (std::size_t k = 0; k < kMaxParameters; ++k) c.sequence.parameters[k] = widened(p.parameters[k]);
    c.active = p.active;
    c.emits = p.emits;
    c.initial = state_of(p.initial);
    c.final_weights = state_of(p.dfinal);
    c.y_weights = widened(p.dy);

    const Outcome outcome = train(device(), "reference", p, 0.0f);
    const Outputs expected = run(c);
    const CaseGradients gradients = differentiate(c);
    EXPECT_EQ(outcome.y, narrowed(expected.y));
    EXPECT_EQ(narrowed(state_of(outcome.final)), narrowed(expected.final));
    EXPECT_EQ(outcome.dx, narrowed(gradients.x));
    EXPECT_EQ(narrowed(state_of(outcome.dinitial)), narrowed(gradients.initial));
    for (std::size_t k = 0; k < kMaxParameters; ++k)
      EXPECT_EQ(outcome.gradients[k], narrowed(gradients.parameters[k])) << "parameter " << k;
    const Outcome inferred = infer(device(), "reference", p);
    EXPECT_EQ(inferred.y, outcome.y);
    EXPECT_EQ(inferred.final, outcome.final);
  }
}

// Dense (T, N, C, pixels) to the problem's layout, steps counted from the last where it is reversed.
Floats arranged(const Floats& from, const Problem& p, std::int64_t steps, std::int64_t channels) {
  const auto batch = p.shape.batch,
             area = static_cast<std::int64_t>(from.size()) / (steps * batch * channels);
  const bool channels_last = p.layout == CLN_LAYOUT_NTHWC || p.layout == CLN_LAYOUT_TNHWC;
  const bool batch_first = p.layout == CLN_LAYOUT_NTCHW || p.layout == CLN_LAYOUT_NTHWC;
  Floats to(from.size());
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(from.size()); ++k) {
    const std::int64_t a = k % area, c = k / area % channels, n = k / (area * channels) % batch;
    const std::int64_t t = k / (area * channels * batch), stored_t = p.reverse ? steps - 1 - t : t;
    const std::int64_t image = batch_first ? n * steps + stored_t : stored_t * batch + n;
    to[at(image * channels * area + (channels_last ? a * channels + c : c * area + a))] = from[at(k)];
  }
  return to;
}

TEST_P(ReferenceExecutor, EveryLayoutAndDirection_GiveTheSameNumbers) {
  const Problem plain = full_problem(GetParam());
  const Outcome expected = train(device(), "reference", plain);
  for (int layout = CLN_LAYOUT_NTCHW; layout <= CLN_LAYOUT_TNHWC; ++layout)
    for (const bool reverse : {false, true}) {
      Problem p = plain;
      p.layout = static_cast<cln_layout>(layout);
      p.reverse = reverse;
      p.x = arranged(plain.x, p, p.steps, 2);
      p.dy = arranged(plain.dy, p, p.steps, 3);
      const Outcome outcome = train(device(), "reference", p);
      EXPECT_EQ(outcome.y, arranged(expected.y, p, p.steps, 3));
      EXPECT_EQ(outcome.dx, arranged(expected.dx, p, p.steps, 2));
      EXPECT_EQ(outcome.final, expected.final);
      EXPECT_EQ(outcome.dinitial, expected.dinitial);
      EXPECT_EQ(outcome.gradients, expected.gradients);
    }
}

TEST_P(ReferenceExecutor, WhatIsNotWanted_ChangesNothingElse) {
  Problem p = full_problem(GetParam());
  const Outcome expected = train(device(), "reference", p);
  p.want_final = p.want_dinitial = p.want_dx = p.states_in_place = false;
  const Outcome outcome = train(device(), "reference", p);
  EXPECT_EQ(outcome.y, expected.y);
  EXPECT_EQ(outcome.gradients, expected.gradients);
  EXPECT_TRUE(outcome.dx.empty());
  // Null states and a null gradient are zeros.
  Problem zeros = full_problem(GetParam()), nulls = zeros;
  std::fill(zeros.dy.begin(), zeros.dy.end(), 0.0f);
  nulls.dy.clear();
  for (StateArrays* state : {&zeros.initial, &zeros.dfinal})
    for (Floats& part : *state) std::fill(part.begin(), part.end(), 0.0f);
  nulls.initial = nulls.dfinal = {};
  EXPECT_EQ(train(device(), "reference", nulls).gradients, train(device(), "reference", zeros).gradients);
  EXPECT_EQ(infer(device(), "reference", nulls).final, infer(device(), "reference", zeros).final);
}

// y is null, and the reserve goes to another executor than the one that filled it.
TEST_P(ReferenceExecutor, Reserve_SufficesByItself) {
  const Problem p = full_problem(GetParam());
  const Outcome expected = train(device(), "reference", p);
  const auto make = [&] {
    return cpu::choose_executor(p.desc, p.shape, CLN_POLICY_FAST, "reference")
        .make(device(), p.desc, p.shape);
  };
  const auto writer = make(), reader = make();
  ParameterViews views;
  for (std::size_t k = 0; k < kMaxParameters; ++k)
    if (!p.parameters[k].empty()) views.data[k] = p.parameters[k].data();
  const std::size_t parts = at(traits_of(GetParam()).state_parts);
  Doubles reserve(writer->reserve_bytes(p.steps) / sizeof(double));
  std::array<const float*, kMaxStateParts> initial{}, dfinal{};
  std::array<float*, kMaxStateParts> dinitial{};
  StateArrays results;
  for (std::size_t part = 0; part < parts; ++part) {
    initial[part] = p.initial[part].data();
    dfinal[part] = p.dfinal[part].data();
    results[part].resize(p.initial[part].size());
    dinitial[part] = results[part].data();
  }
  const auto set_common = [&](SequenceCall& call) {
    call.steps = p.steps;
    call.input = p.input;
    call.x = {p.x.data(), p.shape.batch * 2 * 24, 2 * 24};
    call.mask = {p.active.data(), p.emits.data(), nullptr, p.shape.batch, 1};
    call.dropout = p.dropout;
    call.parameters = {&views, 1};
  };
  ForwardCall forward;
  set_common(forward);
  forward.initial = initial;
  forward.reserve = reserve.data();
  writer->forward(forward);
  BackwardCall backward;
  set_common(backward);
  backward.reserve = reserve.data();
  backward.dy = {p.dy.data(), p.shape.batch * 3 * grid_of(p).area(), 3 * grid_of(p).area()};
  backward.dfinal = dfinal;
  backward.dinitial = dinitial;
  Floats dx(p.x.size(), 7.0f);  // it is touched in the steps that have an input alone
  backward.dx = {dx.data(), p.shape.batch * 2 * 24, 2 * 24};
  const Gradients none{};  // gradients that are not there
  backward.gradients = {&none, 1};
  reader->backward(backward);
  EXPECT_EQ(results, expected.dinitial);
  const std::size_t step = dx.size() / at(p.steps);
  for (std::size_t k = 0; k < dx.size(); ++k)
    ASSERT_EQ(dx[k], p.input.contains(static_cast<std::int64_t>(k / step)) ? expected.dx[k] : 7.0f);
}

INSTANTIATE_TEST_SUITE_P(Cells, ReferenceExecutor,
                         testing::Values(CLN_CELL_CONV_LSTM, CLN_CELL_CONV_GRU, CLN_CELL_CONV_GRU_RESET_AFTER,
                                         CLN_CELL_ST_LSTM));

TEST(ReferenceExecutorList, Reference_SupportsEverything) {
  RecurrentDesc desc;
  desc.cell = CLN_CELL_ST_LSTM;
  desc.normalization = CLN_NORMALIZATION_LAYER;
  desc.storage = CLN_STORAGE_BFLOAT16;
  EXPECT_STREQ(cpu::choose_executor(desc, {}, CLN_POLICY_FAST, "reference").name, "reference");
  EXPECT_STREQ(cpu::choose_executor(ConvDesc{}, {}, CLN_POLICY_FAST, "reference").name, "reference");
}

}  // namespace
}  // namespace convlstm::test
