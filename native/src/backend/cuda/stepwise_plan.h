// The plan of a cell (cell/cell_plan.h) as the stepwise executor follows it: its convolutions, what is
// normalized together, and which arrays gradients by rows of convolutions go to.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backend/cuda/images.h"
#include "backend/cuda/norm.h"
#include "cell/cell_plan.h"
#include "cell/convolution.h"

namespace convlstm::cuda {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct StepNorm {
  std::size_t scale;  // place of the parameter; the shift follows
  int first_row;      // of the parameter, by F
  GateSlots gates;
  std::int32_t groups, group_rows;
};

struct StepConvolution {
  ConvolutionPlan plan;
  int gates;
  std::size_t norm = kNone;           // of its own: layer normalization
  std::array<std::size_t, 2> rows{};  // of row_sets[is dropped]
};

struct StepStage {
  StagePlan plan;
  std::vector<std::size_t> convolutions;
  std::size_t norm = kNone;  // of all its slots: group normalization
};

// An array of gradients by rows. Convolutions of the same slots share one, where their rows have the same
// gradients.
struct RowSet {
  std::vector<int> slots;
  bool is_planar;  // one array a gate, as convolutions of single gates take it
  bool has(int slot) const { return gate_of(slot) >= 0; }
  int gate_of(int slot) const {
    for (std::size_t gate = 0; gate < slots.size(); ++gate)
      if (slots[gate] == slot) return static_cast<int>(gate);
    return -1;
  }
};

struct StepwisePlan {
  explicit StepwisePlan(const RecurrentDesc& desc);

  bool is_dropped(Source source, bool drops) const { return drops && rates[source] > 0; }

  CellPlan cell;
  std::vector<StepConvolution> convolutions;
  std::vector<StepStage> stages;
  std::vector<StepNorm> norms;
  // [0]: nothing is dropped; [1]: dropout is active.
  std::array<std::vector<RowSet>, 2> row_sets;
  std::array<float, kSourceCount> rates{};  // of dropout
};

// Where the elements of a cell's kernel look.
Axes axes_of_kernel(const RecurrentDesc& desc, std::size_t kernel, const Size3& input);

}  // namespace convlstm::cuda
