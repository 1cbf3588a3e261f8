#include "cell/cell_plan.h"

namespace convlstm {
namespace {

using Operands = std::vector<Operand>;

// `count` operands of an array from `first` on.
Operands range(Array array, int first, int count) {
  Operands result;
  for (int k = 0; k < count; ++k) result.push_back({array, first + k});
  return result;
}

Operands join(std::initializer_list<Operands> lists) {
  Operands result;
  for (const Operands& list : lists) result.insert(result.end(), list.begin(), list.end());
  return result;
}

const Operands kHBefore{{Array::kBefore, kHidden}}, kCBefore{{Array::kBefore, kCell}};
const Operands kHAfter{{Array::kAfter, kHidden}}, kCAfter{{Array::kAfter, kCell}};
const Operands kDh{{Array::kStateGradient, kHidden}}, kDc{{Array::kStateGradient, kCell}};
const Operands kMBefore{{Array::kBefore, kMemory}}, kMAfter{{Array::kAfter, kMemory}};
const Operands kDm{{Array::kStateGradient, kMemory}};

Operands sums(int first, int count) {
  return range(Array::kSum, first, count);
}
// What the gates' function gives; what another function gives, or none.
Operands gates(int first, int count) {
  return range(Array::kUnitGate, first, count);
}
Operands values(int first, int count) {
  return range(Array::kGate, first, count);
}
Operands gradients(int first, int count) {
  return range(Array::kSlotGradient, first, count);
}

ConvolutionPlan input(std::vector<int> slots) {
  return {kInputKernel, kFromInput, 0, std::move(slots), kInputNormScale};
}
ConvolutionPlan recurrent(Source source, int first_gate, std::vector<int> slots) {
  return {kRecurrentKernel, source, first_gate, std::move(slots), kRecurrentNormScale};
}

// Slots i f g o.
CellPlan conv_lstm() {
  const Operands kept = join({gates(0, 2), values(2, 1), gates(3, 1)});
  const Operands peepholes = range(Array::kPeephole, 0, 3);
  return {{{{input({0, 1, 2, 3}), recurrent(kFromHidden, 0, {0, 1, 2, 3})},
            0,
            4,
            {kLstmForward, join({sums(0, 4), kCBefore, peepholes}), join({kCAfter, kHAfter, kept})},
            {kLstmBackward, join({kept, kCBefore, kCAfter, kDh, kDc, peepholes}),
             join({gradients(0, 4), range(Array::kPeepholeGradient, 0, 3), kDc, kDh})}}},
          4,
          4,
          {0, 1, 2, 3},
          {0, 1, 2, 3},
          {1},
          false};
}

// Slots z r n; z and r.h take the places of their sums.
CellPlan conv_gru() {
  return {
      {{{input({0, 1, 2}), recurrent(kFromHidden, 0, {0, 1})},
        0,
        2,
        {kGruOpenForward, join({sums(0, 2), kHBefore}), join({range(Array::kSlot, 0, 2), gates(0, 2)})},
        {kGruOpenBackward, join({gates(1, 1), kHBefore, {{Array::kResetGradient}}, kDh}),
         join({gradients(1, 1), kDh})}},
       {{recurrent(kFromReset, 2, {2})},
        2,
        1,
        {kGruCloseForward, join({sums(2, 1), {{Array::kSlot, 0}}, kHBefore}), join({kHAfter, values(2, 1)})},
        {kGruCloseBackward, join({gates(0, 1), values(2, 1), kHBefore, kDh}),
         join({gradients(0, 1), gradients(2, 1), kDh})}}},
      3,
      3,
      {0, 1, 2},
      {0, 1, 2},
      {},
      true};
}

// Slots z r n and, apart, the recurrent sum of n.
CellPlan conv_gru_reset_after() {
  const Operands kept = join({gates(0, 2), values(2, 2)});
  return {{{{input({0, 1, 2}), recurrent(kFromHidden, 0, {0, 1, 3})},
            0,
            4,
            {kGruAfterForward, join({sums(0, 4), kHBefore}), join({kHAfter, kept})},
            {kGruAfterBackward, join({kept, kHBefore, kDh}), join({gradients(0, 4), kDh})}}},
          4,
          4,
          {0, 1, 2},
          {0, 1, 3},
          {},
          true};
}

// Slots i f g i' f' g' o and the 1x1 convolution.
CellPlan st_lstm() {
  const Operands kept = join({gates(0, 2), values(2, 1), gates(3, 2), values(5, 1)});
  return {
      {{{input({0, 1, 2, 3, 4, 5, 6}),
         recurrent(kFromHidden, 0, {0, 1, 2, 6}),
         {kMemoryKernel, kFromMemory, 0, {3, 4, 5}, kMemoryNormScale}},
        0,
        6,
        {kStUpdateForward, join({sums(0, 6), kCBefore, kMBefore}), join({kCAfter, kMAfter, kept})},
        {kStUpdateBackward, join({kept, kCBefore, kMBefore, kDc, kDm}), join({gradients(0, 6), kDc, kDm})}},
       {{{kOutputKernel, kFromCells, 0, {6}, kOutputNormScale}, {kMixingKernel, kFromCells, 0, {7}, kNoNorm}},
        6,
        2,
        {kStOutputForward, sums(6, 2), join({kHAfter, gates(6, 1), values(7, 1)})},
        {kStOutputBackward, join({gates(6, 1), values(7, 1), kDh}), join({gradients(6, 2), kDh})}}},
      8,
      8,
      {0, 1, 2, 3, 4, 5, 6},
      {0, 1, 2, 6},
      {1, 4},
      false};
}

CellPlan full_plan(cln_cell cell) {
  switch (cell) {
    case CLN_CELL_CONV_GRU:
      return conv_gru();
    case CLN_CELL_CONV_GRU_RESET_AFTER:
      return conv_gru_reset_after();
    case CLN_CELL_ST_LSTM:
      return st_lstm();
    case CLN_CELL_CONV_LSTM:
      break;
  }
  return conv_lstm();
}

}  // namespace

CellPlan plan_of(const RecurrentDesc& desc) {
  CellPlan plan = full_plan(desc.cell);
  std::vector<ConvolutionPlan>& first = plan.stages.front().convolutions;
  if (desc.input_channels == 0) first.erase(first.begin());
  return plan;
}

}  // namespace convlstm
