// A cell as data: what convolves what into which sum, and which stage of cell_stages.h comes then. The
// generic executor follows such a plan and knows nothing else of its cell.
//
// A slot is F rows of bodies. Convolutions add their rows, gate by gate, into slots; the slots of a stage,
// once they are complete, go through its pointwise stage.
#pragma once

#include <cstddef>
#include <vector>

#include "cell/cell_stages.h"
#include "cell/layer_desc.h"

namespace convlstm {

// What a convolution reads.
enum Source : std::size_t {
  kFromInput,
  kFromHidden,
  kFromReset,  // r.h, which stands in slot kResetSlot
  kFromMemory,
  kFromCells,  // [c', m']
  kSourceCount
};
inline constexpr int kResetSlot = 1;

enum class Array {
  kSum,            // a slot and its bias
  kSlot,           // a slot as it stands
  kBefore,         // a part of the state before the step
  kAfter,          // and after it
  kGate,           // kept for the backward
  kUnitGate,       // likewise, from 0 to 1
  kPeephole,       // of i, f, o
  kSlotGradient,   // backward: by a slot
  kStateGradient,  // by a part of the state
  kResetGradient,  // by r.h
  kPeepholeGradient,
};
struct Operand {
  Array array;
  int index = 0;
};

// The operands in the order that cell_stages.h lists.
struct PointwisePlan {
  PointwiseStage stage;
  std::vector<Operand> reads, writes;
};

struct ConvolutionPlan {
  std::size_t kernel;  // place of the kernel
  Source source;
  int first_gate;          // of the kernel
  std::vector<int> slots;  // of each gate
  std::size_t norm;        // place of the scale of its layer normalization; kNoNorm: none
};
inline constexpr std::size_t kNoNorm = kRecurrentParameterCount;

struct StagePlan {
  std::vector<ConvolutionPlan> convolutions;
  int first_slot, slots;  // those that are complete then; group normalization takes them together
  PointwisePlan forward, backward;
};

struct CellPlan {
  std::vector<StagePlan> stages;
  int slots, gates;                                   // gates: arrays that are kept
  std::vector<int> bias_slots, recurrent_bias_slots;  // of each gate of the input and the recurrent kernel
  std::vector<int> forget_slots;
  bool keeps_hidden;  // the backward reads h itself
};

// Without the input convolution where the layer has none.
CellPlan plan_of(const RecurrentDesc& desc);

}  // namespace convlstm
